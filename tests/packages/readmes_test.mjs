// The first pages that anybody reads: their commands are run, in a folder that has the package.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { root, tarball } from './packed.mjs';
import { blocks_of, follow_whole, free_ports, make_runnable } from './pages.mjs';

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

const values = [
  `POSTERN_SIGNING_SECRET=whsec_${'c2lnbnMtd2hhdC1nb2VzLXRvLWJpbGxpbmc='}`,
  'STRIPE_WEBHOOK_SECRET=whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1',
  'STRIPE_WEBHOOK_SECRET_OLD=whsec_e1c7e5ec2e70f1c7e5ec2e70f1c7e5e2',
  'GITHUB_WEBHOOK_SECRET=0d1f6c5ba9e84b7299f1', 'ORIGIN_URL=https://app.example.com/webhooks', '',
].join('\n');

test('the page of policies begins with commands that can be run, and a policy without a mistake',
  async () => {
    const folder = make_runnable('policy_page');
    writeFileSync(join(folder, 'production.env'), values);
    await follow_whole('docs/POLICY.md', folder);
    const [policy] = blocks_of('docs/POLICY.md').filter(({ text }) => /^version = 1$/m.test(text));
    writeFileSync(join(folder, 'sample.toml'), policy.text);
    rmSync(join(folder, 'wrangler.toml'));
    const said = execFileSync(process.execPath, [join(folder, 'node_modules/.bin/postern'), 'lint',
      'sample.toml', '--env', 'production.env'], { cwd: folder, encoding: 'utf8' });
    assert.equal(said, 'sample.toml: 0 errors, 0 warnings\n');
  });

test('the commands of the package\'s page can be run', async () => {
  const folder = make_runnable('npm_readme', ['wrangler']);
  const [port] = await free_ports(1);
  writeFileSync(join(folder, 'production.env'), values);
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
