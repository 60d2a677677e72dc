// The table of docs/PROVIDERS.md, made of the files of wasm/providers:
// node scripts/providers_page.mjs
//
// Asks `build/postern`, or the command that POSTERN names, which reads the files as they lie there:
// nothing has to be built after a change of them.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const page = resolve(root, 'docs/PROVIDERS.md');
export const renewal = 'node scripts/providers_page.mjs';

const begin = '<!-- The table is made: node scripts/providers_page.mjs -->\n';
const end = '<!-- The end of the table -->\n';

/** What `postern providers --json` says of each. */
export function providers_now() {
  const postern = resolve(root, process.env.POSTERN ?? 'build/postern');
  const { status, stdout, stderr } = spawnSync(postern,
    ['providers', '--json', '--providers', 'wasm/providers'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return JSON.parse(stdout).providers;
}

const cell = (text) => text.replaceAll('|', '\\|');
const unique = (list) => [...new Set(list)];

function duration_of(milliseconds) {
  const [unit, name] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'm'], [1000, 's'], [1, 'ms']]
    .find(([one]) => milliseconds % one === 0);
  return `${milliseconds / unit}${name}`;
}

function retries_of({ attempts, horizon_ms: horizon }) {
  const time = horizon === null ? '' : duration_of(horizon);
  return attempts === 0 ? 'never'
    : attempts === null ? (time === '' ? 'not known' : `for ${time}`)
      : `${attempts}${time === '' ? '' : ` in ${time}`}`;
}

const how_of = ({ scheme, signatures }) =>
  (scheme === null ? unique(signatures.map(({ algorithm }) => algorithm)).join(', ')
    : `as \`${scheme}\``);

const row_of = (provider) => [
  `\`${provider.slug}\``, `[${cell(provider.name)}](${provider.manual})`, how_of(provider),
  provider.proof, provider.confidence, retries_of(provider.retries), provider.checked,
  provider.aliases.join(', '),
];

const table_of = (rows) => rows.map((row) => `| ${row.join(' | ')} |\n`).join('');

/** The page with the table of these providers in it. */
export function with_table(text, providers) {
  const from = text.indexOf(begin) + begin.length;
  const until = text.indexOf(end);
  if (from < begin.length || until < from) {
    throw new Error('docs/PROVIDERS.md no longer has the marks around its table.');
  }
  const head = [
    ['slug', 'name and manual', 'how it signs', 'proof', 'confidence', 'retries', 'checked',
      'also called'],
    Array(8).fill('---'),
  ];
  return `${text.slice(0, from)}\n${table_of([...head, ...providers.map(row_of)])}\n` +
    text.slice(until);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, with_table(readFileSync(page, 'utf8'), providers_now()));
}
