import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { shellWord } from '../../src/ui/shell-word.ts';

describe('a path in a command to be copied', () => {
  it('stays as it is where a shell takes it for one word', () => {
    expect(shellWord('/home/marina/sea-worthy_1.0/root.pem')).toBe('/home/marina/sea-worthy_1.0/root.pem');
  });

  it.each(['/home/marina/my clones/root.pem', "/it's/$HOME", '/a;b', '~/a', '/a*', '/a\nb', ''])('is one word: %j', (path) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(path)}`], { encoding: 'utf8' })).toBe(path);
  });
});
