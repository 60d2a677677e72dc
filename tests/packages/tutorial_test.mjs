// The tutorial, done by a test as a reader does it.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { root, tarball } from './packed.mjs';
import { blocks_of, follow, free_ports } from './pages.mjs';

const page = 'docs/TUTORIAL.md';

test('every command of the tutorial does what the tutorial shows', async () => {
  const folder = join(root, 'build/packages/tutorial');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const name = basename(tarball());
  copyFileSync(tarball(), join(folder, name));
  assert.ok(readFileSync(join(root, page), 'utf8').includes(`npm install ./${name}`));
  const [gate, origin] = await free_ports(2);
  const { runs, compared } = await follow(page, folder, {
    replaced: [
      ['npm install postern\n', `cp ../${name} . && npm install ./${name}\n`],
      ['8787', String(gate)], ['4000', String(origin)],
    ],
  });
  const blocks = blocks_of(page);
  assert.equal(runs, blocks.filter(({ kind }) => kind === 'sh').length);
  assert.equal(compared, blocks.filter(({ kind }) => kind === 'text').length);
  assert.ok(compared >= 10, `${compared}`);
});
