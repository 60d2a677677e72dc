// The first pages that anybody reads: their commands are run, in a folder that has the package.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { root, tarball } from './packed.mjs';
import { follow_whole, free_ports, make_runnable } from './pages.mjs';

const pages = ['README.md', 'npm/README.md', 'docs/TUTORIAL.md'];

test('each page names the tarball that a release makes', () => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    assert.ok(text.includes(`build/release/${basename(tarball())}`), page);
    assert.ok(text.includes(`./${basename(tarball())}\``), page);
  }
});

test('what the README begins with does what it shows', async () => {
  const install = [['npm install postern\n', `npm i ${tarball()}\n`]];
  await follow_whole('README.md', make_runnable('readme'), { replaced: install });
});

test('the commands of the package\'s page can be run', async () => {
  const folder = make_runnable('npm_readme', ['wrangler']);
  const [port] = await free_ports(1);
  writeFileSync(join(folder, 'production.env'), [
    `POSTERN_SIGNING_SECRET=whsec_${'c2lnbnMtd2hhdC1nb2VzLXRvLWJpbGxpbmc='}`,
    'STRIPE_WEBHOOK_SECRET=whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1',
    'GITHUB_WEBHOOK_SECRET=0d1f6c5ba9e84b7299f1', 'ORIGIN_URL=https://app.example.com/webhooks', '',
  ].join('\n'));
  const up = `curl -s -o /dev/null --retry 20 --retry-delay 1 --retry-connrefused --fail \
http://127.0.0.1:${port}/healthz`;
  await follow_whole('npm/README.md', folder, {
    replaced: [
      ['npm install postern wrangler\n', ''],
      // There is no account to deploy to.
      ['wrangler deploy --secrets-file production.env', 'wrangler deploy --dry-run'],
      // It runs until it is told to end.
      ['production.env --proxy\n',
        `production.env --proxy --port ${port} & ${up} && kill %npx && wait\n`],
    ],
    env: { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  });
});
