// What the tests of the examples for origins share: deliveries to a gate of the package, signed by
// the vendors' libraries, and the languages of this machine.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import Stripe from 'stripe';
import twilio_library from 'twilio';

import { import_packed, make_project, root } from '../packed.mjs';

const folder = make_project(basename(process.argv[1], '_test.mjs'));
const [{ gate }, { sqlite }] =
  await import_packed(folder, ['postern', 'postern/ledger/sqlite']);

export { gate };
export const examples = join(root, 'examples/origin');
const runners = join(root, 'tests/packages/origins');

const { webhooks } = new Stripe('sk_test_packages');
export const sender_secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
export const twilio_url = 'https://hooks.example.com/twilio?a=b';
const new_secret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** Secrets that sign forwards. */
export const [now, next, other] = [new_secret(), new_secret(), new_secret()];

const path_of = (name) => join(folder, name);

let ledgers = 0;
export const new_ledger = () => {
  ledgers += 1;
  return sqlite(path_of(`${ledgers}.db`));
};

/** `[path, body, headers]` of a delivery of the event `id`. */
export const senders = {
  stripe(id, type = 'invoice.paid') {
    const body = JSON.stringify({ id, object: 'event', type, text: '\u00e9\u20ac\u{1f511}\n' });
    const signature =
      webhooks.generateTestHeaderString({ payload: body, secret: sender_secret });
    return ['/hooks/stripe', body, { 'stripe-signature': signature }];
  },
  github(id) {
    const body = JSON.stringify({ ref: 'refs/heads/main', id });
    const mac = createHmac('sha256', sender_secret).update(body).digest('hex');
    return ['/hooks/github', body, {
      'x-github-event': 'push', 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${mac}`,
    }];
  },
  twilio(id) {
    const body = JSON.stringify({ MessageSid: id });
    const query = `a=b&bodySHA256=${twilio_library.getExpectedBodyHash(body)}`;
    const signature = twilio_library.getExpectedTwilioSignature(
      sender_secret, `https://hooks.example.com/twilio?${query}`, {});
    return [`/hooks/twilio?${query}`, body, { 'x-twilio-signature': signature }];
  },
};

export async function send(hooks, [path, body, headers]) {
  const response = await hooks.fetch(new Request(`http://gate.example${path}`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', ...headers },
  }));
  return response.status;
}

const has = (program, ...words) => spawnSync(program, words).status === 0;
const go_environment = {
  ...process.env, GOCACHE: path_of('go-cache'), GOFLAGS: '-mod=mod', GOPROXY: 'off',
};

export function build_go() {
  mkdirSync(path_of('go/origin'), { recursive: true });
  writeFileSync(path_of('go/go.mod'), 'module example\n\ngo 1.19\n');
  copyFileSync(join(examples, 'verify_forward.go'), path_of('go/origin/verify_forward.go'));
  copyFileSync(join(runners, 'run.go'), path_of('go/main.go'));
  execFileSync('go', ['build', '-o', path_of('go/run'), '.'],
    { cwd: path_of('go'), env: go_environment });
  return [path_of('go/run')];
}

function build_java() {
  rmSync(path_of('java'), { recursive: true, force: true });
  execFileSync('javac', ['-Xlint:all', '-Werror', '-d', path_of('java'),
    join(examples, 'VerifyForward.java'), join(runners, 'Run.java')]);
  return ['java', '-cp', path_of('java'), 'Run'];
}

const is_java_17 = () => has('javac', '--release', '17', '--version');

/** What each language needs of the machine, and its command that judges lines. */
export const languages = {
  Python: [() => has('python3', '--version'), () =>
    ['python3', join(runners, 'run.py'), examples]],
  Ruby: [() => has('ruby', '--version'), () => ['ruby', join(runners, 'run.rb'), examples]],
  PHP: [() => has('php', '--version'), () => ['php', join(runners, 'run.php'), examples]],
  Go: [() => has('go', 'version'), build_go],
  Java: [is_java_17, build_java],
};

/** Skips the test where the machine has no `name`, and says so in the output of the whole run. */
export function is_missing(t, name) {
  if (languages[name][0]()) {
    return false;
  }
  console.log(`note: origins in ${name} were not tried: it is not on this machine`);
  t.skip(`no ${name}`);
  return true;
}
