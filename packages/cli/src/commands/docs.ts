import { Argument, type Command } from 'commander';
import { checkPages, updatePages } from '../docs/pages.ts';
import { UserError } from '../errors.ts';

/** `docs update` and `docs check` are twins: the same code writes the pages, or fails where they differ. */
export function register(program: Command): void {
  program
    .command('docs')
    .description('the reference pages that are written from the code')
    .addArgument(new Argument('<verb>', 'write them, or fail where they are stale').choices(['update', 'check']))
    .action(async (verb: 'update' | 'check') => {
      if (verb === 'update') return console.log((await updatePages()).join('\n') || 'Nothing has changed.');
      const stale = await checkPages();
      if (stale.length === 0) return console.log('All pages are as the code is.');
      throw new UserError({
        code: 'FAILED',
        message: 'The reference pages are stale',
        expected: 'pages as the code would write them',
        found: stale.join(', '),
        remedy: 'npm run docs update',
      });
    });
}
