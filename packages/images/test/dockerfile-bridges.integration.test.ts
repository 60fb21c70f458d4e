import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importDockerArchive, loadContract, verifyContract } from '../src/index.ts';
import { REPOSITORY, ROOT, builtImage, docker, LABEL, load, runHardened } from './repository.fixture.ts';

/** As the page calls it, and `npm run images export`. Here it is an id: a tag of that name may be the user's own. */
const PARENT = 'seaworthy-dev/node:latest';

/** The two bridges of docs/how-to/from-dockerfile.md, with the very Dockerfile that the page shows. */
describe('from a Dockerfile', () => {
  let folder: string;
  let parent: string;
  let holder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seaworthy-bridge-'));
    const { layoutDir } = await builtImage('node');
    parent = (await load(layoutDir)).found;
    // with what was built on it the engine would remove a parent that has no tag and that nothing uses, while other tests need it
    holder = (await docker('create', LABEL, parent)).output.trim();
  });
  afterAll(async () => {
    await docker('rmi', '--force', 'seaworthy-test/theirs', 'seaworthy-test/careless');
    await docker('rm', holder);
    await rm(folder, { recursive: true, force: true });
  });

  const build = async (tag: string, dockerfile: string): Promise<string> => {
    const context = join(folder, tag.replace('/', '-'));
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'Dockerfile'), dockerfile.replace(PARENT, parent));
    await writeFile(join(context, 'main.js'), "console.log('hello from', process.getuid());\n");
    const options = { env: { ...process.env, DOCKER_BUILDKIT: '0' } };
    await promisify(execFile)('docker', ['build', '--quiet', LABEL, '--tag', tag, context], options);
    const archive = `${context}.tar`;
    await docker('save', '--output', archive, tag);
    return archive;
  };
  const ourDockerfile = async (): Promise<string> => {
    const page = await readFile(join(ROOT, 'docs/how-to/from-dockerfile.md'), 'utf8');
    return /```dockerfile\n(FROM seaworthy-dev[^`]*)```/.exec(page)?.[1] ?? 'no Dockerfile on the page';
  };
  const contract = async (): ReturnType<typeof loadContract> => loadContract(join(REPOSITORY.imagesDir, 'node'));

  describe('our node image as FROM', () => {
    it('gives an image that runs as hardened as ours', async () => {
      await build('seaworthy-test/theirs', await ourDockerfile());
      expect(await runHardened('seaworthy-test/theirs', ['--network=none'])).toEqual({ code: 0, output: 'hello from 65532\n' });
    });
  });

  describe('an image that a Dockerfile built, brought in as an archive', () => {
    it('becomes a layout with the same id, and keeps the contract', async () => {
      const archive = await build('seaworthy-test/theirs', await ourDockerfile());
      const { layoutDir, configDigest } = await importDockerArchive(archive, join(folder, 'layout'));
      expect((await docker('inspect', '--format={{.Id}}', 'seaworthy-test/theirs')).output.trim()).toBe(configDigest);
      expect(await verifyContract(layoutDir, await contract())).toEqual([]);
    });

    it('is told what it breaks when it was built carelessly', async () => {
      const archive = await build(
        'seaworthy-test/careless',
        `FROM ${PARENT}\nCOPY main.js /usr/bin/sh\nUSER 0:0\nENTRYPOINT ["/usr/bin/sh"]\n`,
      );
      const { layoutDir } = await importDockerArchive(archive, join(folder, 'careless'));
      expect((await verifyContract(layoutDir, await contract())).map(({ code }) => code)).toEqual(['USER', 'ENTRYPOINT', 'ABSENT']);
    });
  });
});
