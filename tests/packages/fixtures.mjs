// The genuine delivery of each provider in fixtures/, byte for byte, with the secret and the moment
// that it was signed with: vendors' published examples, what their libraries signed, or made by
// hand after their documentation.

import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { root } from './packed.mjs';

const marked = /^genuine = /m;

/** The one secret of a fixture: on a line, or a key in PEM over several. */
function secret_in(text) {
  const [, line, lines] =
    /^secrets = \[\s*(?:"(?!"")(.*)"|"""\n([^]*?)""",?)\s*\]$/m.exec(text);
  return (lines ?? line.replaceAll('\\n', '\n')).trim();
}

/** Another shared secret of the same form: another first letter or digit behind its prefix. */
export const changed_secret = (secret) =>
  secret.replace(/^(.*_(?=.{20}))?([^a-z0-9]*)([a-z0-9])/i, (_, head = '', odd, first) =>
    head + odd + (first === 'b' ? 'c' : 'b'));

/** By provider: `{ secret, url, now_ms, method, query, headers, body, fetch }`. */
export function genuine_deliveries() {
  const texts = globSync('fixtures/*/*.toml', { cwd: root })
    .map((file) => [file, readFileSync(join(root, file), 'utf8')])
    .filter(([, text]) => marked.test(text));
  const plan = join(root, 'build/packages', `${basename(process.argv[1], '.mjs')}.plan.json`);
  mkdirSync(dirname(plan), { recursive: true });
  execFileSync(join(root, 'build/postern'),
    ['replay', ...texts.map(([file]) => file), '--plan', plan], { cwd: root });
  const cases = new Map(JSON.parse(readFileSync(plan, 'utf8')).cases.map((one) => [one.file, one]));
  return new Map(texts.map(([file, text]) => {
    const [, provider] = /^provider = "(.*)"$/m.exec(text);
    const secret = secret_in(text);
    const [, url] = /^url = "(.*)"$/m.exec(text) ?? [];
    const [{ now_ms, fetch, arrivals: [{ request }] }] = cases.get(file).steps;
    return [provider, {
      secret, url, now_ms, fetch, method: request.method, query: request.query,
      headers: request.headers, body: Buffer.from(request.body_b64, 'base64'),
    }];
  }));
}

/** The delivery as a request of Fetch; `changes` are other values of its fields. */
export function request_of(delivery, changes = {}) {
  const { method, query, headers, body } = { ...delivery, ...changes };
  return new Request(`https://app.example/any/path${query === '' ? '' : `?${query}`}`,
    { method, headers, body: body.byteLength === 0 ? undefined : body });
}
