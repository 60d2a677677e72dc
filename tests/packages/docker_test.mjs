// The Dockerfile of `postern serve`, followed in a folder that stands for the image: what it copies
// is what a release has, its commands run, its entry serves and its health check sees that.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from
  'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { root, tarball } from './packed.mjs';

const image = join(root, 'build/packages/docker');
const context = join(image, 'context');

/** Its instructions in order, `[name, text]`, each on one line. */
const instructions = readFileSync(join(root, 'examples/docker/Dockerfile'), 'utf8')
  .replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '').trim().split(/\n+/)
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()]);

const text_of = (name) => instructions.find(([one]) => one === name)[1];

/** The folders that the Dockerfile names, in the image. */
const in_image = (text) =>
  text.replaceAll(/(?<![\w./])\/(tmp|data|etc)(?=[/\s]|$)/g, `${image}/$1`);

/** What would need a user `node` and root: noted instead. */
const bin = join(image, 'bin');
const environment = {
  PATH: [bin, join(image, 'usr/bin'), dirname(process.execPath), process.env.PATH].join(':'),
  HOME: image,
  npm_config_prefix: join(image, 'usr'), npm_config_cache: join(image, 'cache'),
};

function make_image() {
  rmSync(image, { recursive: true, force: true });
  for (const folder of ['bin', 'context', 'etc/postern', 'tmp', 'usr']) {
    mkdirSync(join(image, folder), { recursive: true });
  }
  copyFileSync(tarball(), join(context, basename(tarball())));
  writeFileSync(join(bin, 'chown'), `#!/bin/sh\necho "$@" >> ${image}/chowned\n`);
  chmodSync(join(bin, 'chown'), 0o755);
}

function copy(text) {
  const [pattern, to] = text.split(' ');
  const files = globSync(pattern, { cwd: context });
  assert.equal(files.length, 1, `${pattern} in a release`);
  copyFileSync(join(context, files[0]), join(in_image(to), files[0]));
}

test('every instruction is one that is followed here', () => {
  const followed = ['FROM', 'COPY', 'RUN', 'USER', 'WORKDIR', 'VOLUME', 'EXPOSE', 'HEALTHCHECK',
    'ENTRYPOINT'];
  assert.deepEqual(instructions.filter(([name]) => !followed.includes(name)), []);
  const { engines } = JSON.parse(readFileSync(join(root, 'npm/package.json'), 'utf8'));
  const [, major] = /^node:(\d+)-slim$/.exec(text_of('FROM'));
  assert.ok(Number(major) >= Number(/\d+/.exec(engines.node)[0]));
});

test('what it builds serves, and is seen to', { timeout: 120_000 }, async () => {
  make_image();
  for (const [name, text] of instructions) {
    if (name === 'COPY') {
      copy(text);
    } else if (name === 'RUN') {
      execFileSync('sh', ['-c', in_image(text)], { env: environment, stdio: 'pipe' });
    }
  }
  const [user] = text_of('USER').split(':');
  assert.equal(readFileSync(join(image, 'chowned'), 'utf8').trim(),
    `${user} ${in_image(text_of('VOLUME'))}`);
  assert.equal(text_of('WORKDIR'), text_of('VOLUME'));
  const [program, ...words] = JSON.parse(text_of('ENTRYPOINT')).map(in_image);
  const policy = words[words.indexOf('--policy') + 1];
  assert.equal(dirname(policy), join(image, 'etc/postern'));
  writeFileSync(policy, ['version = 1', '[sources.stripe]', 'path = "/hooks/stripe"',
    'provider = "stripe"', 'secrets = ["env:STRIPE_SECRET"]', '[[sources.stripe.routes]]',
    'to = "https://origin.example/"', ''].join('\n'));
  const settings = { STRIPE_SECRET: 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1' };
  const server = spawn(program, [...words, '--proxy'],
    { cwd: in_image(text_of('WORKDIR')), env: { ...environment, ...settings } });
  let said = '';
  server.stdout.on('data', (text) => { said += text; });
  server.stderr.on('data', (text) => { said += text; });
  try {
    const [, words_of_check] = /CMD\s+(\[.*\])$/.exec(text_of('HEALTHCHECK'));
    const [check, ...of_check] = JSON.parse(words_of_check);
    let status = 1;
    for (let tries = 0; status !== 0 && tries < 100; tries += 1) {
      await sleep(100);
      assert.equal(server.exitCode, null, said);
      ({ status } = spawnSync(check, of_check, { env: environment }));
    }
    assert.equal(status, 0, said);
    assert.equal(spawnSync(check, of_check.map((word) => word.replace('healthz', 'nowhere')),
      { env: environment }).status, 1);
    const answer = await fetch(`http://127.0.0.1:${text_of('EXPOSE')}/hooks/stripe`,
      { method: 'POST', body: '{}', headers: { 'x-forwarded-proto': 'https' } });
    assert.equal(answer.status, 401);
    assert.ok(globSync('postern.db*', { cwd: in_image(text_of('VOLUME')) }).length > 0);
  } finally {
    server.kill('SIGTERM');
  }
  const [code] = await once(server, 'exit');
  assert.equal(code, 0, said);
});
