// Builds the npm package: node npm/build.mjs [FOLDER]
//
// Puts into FOLDER (build/npm) what is published, and beside it the tarball that `npm pack` makes
// of it. Needs what `./dev package` has built before: the module, the compiler and the contract's
// scripts. The files keep their places of the tree, so that what imports another one finds it.

import { execFileSync } from 'node:child_process';
import {
  cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hosts } from '../contract/hosts.mjs';
import { read_policy_head } from '../hosts/fetch/effects.mjs';
import { start_instance } from '../hosts/fetch/instance.mjs';

import { compile_policy } from './lib/compiler.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(root, process.argv[2] ?? 'build/npm');
const here = (path) => join(root, path);
const there = (path) => join(folder, path);

function write(path, text) {
  mkdirSync(dirname(there(path)), { recursive: true });
  writeFileSync(there(path), text);
}

const base64_of = (path) => readFileSync(here(path)).toString('base64');

/** A name for the provider `slug` in JavaScript: `some-sender` is `someSender`. */
const identifier_of = (slug) => {
  const name = slug.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return /^\d/.test(name) ? `_${name}` : name;
};

const compiled_of = (file) => new WebAssembly.Module(readFileSync(here(`build/${file}`)));
const compiler = compiled_of('postern_compiler.wasm');

/** What the module can verify that asks nobody. */
const shared_features =
  start_instance(compiled_of('postern_verify_shared.wasm')).postern_features();

/** The provider's file, behind that of the one that it signs as. */
function files_of(provider, all) {
  const [, scheme] = /^scheme = "([a-z0-9-]+)"$/m.exec(provider.text) ?? [];
  return [...all.filter(({ slug }) => slug === scheme), provider];
}

/** A policy of one source of this provider, by which requests are verified. */
function verifying_policy(provider, files, needs_url, parameters) {
  const text = [
    'version = 1', `[sources.${provider.slug}]`, 'path = "/"', `provider = "${provider.slug}"`,
    'secrets = ["env:SECRET"]', 'max_body = "25MiB"', 'on_ledger_down = "open"',
    ...(needs_url ? ['url = "env:URL"'] : []),
    ...(parameters.length > 0 ? [`parameters = { ${parameters.map((name) =>
      `${name} = "env:PARAMETER_${name.toUpperCase()}"`).join(', ')} }`] : []),
    `[[sources.${provider.slug}.routes]]`, 'to = "https://verify.invalid/"', 'deliver = "proxy"',
    '',
  ].join('\n');
  const host = { name: 'local', ...hosts.local };
  return compile_policy(compiler, { text, providers: files, host });
}

/** What a provider's file has for readers and for `postern init`, and no compile reads. */
const told_only = [/^#.*\n/gm, /^notes = (?:"""[^]*?"""|".*")\n/m, /^secret_place = .*\n/m];
const told_less = (text) => told_only.reduce((rest, told) => rest.replace(told, ''), text);

/** The policy without the rehearsal, which is for gates. */
function unrehearsed(policy) {
  const { rehearsal } = read_policy_head(policy);
  const [at, length] = [rehearsal.byteOffset - policy.byteOffset, rehearsal.byteLength];
  const without = Buffer.concat([policy.subarray(0, at), policy.subarray(at + length)]);
  without.writeUInt32LE(0, at - Uint32Array.BYTES_PER_ELEMENT);
  return without;
}

function write_provider(provider, all) {
  const whole = files_of(provider, all);
  const files = whole.map(({ text, ...file }) => ({ ...file, text: told_less(text) }));
  let compiled = verifying_policy(provider, files, false, []);
  const needs_url = compiled.diagnostics.some(({ code, hint }) =>
    code === 'missing-key' && hint.startsWith('url ='));
  const parameters = compiled.diagnostics.filter(({ code }) => code === 'missing-parameter')
    .map(({ hint }) => /^parameters = \{ (\w+) = /.exec(hint)[1]);
  if (needs_url || parameters.length > 0) {
    compiled = verifying_policy(provider, files, needs_url, parameters);
  }
  const { policy: expected } = verifying_policy(provider, whole, needs_url, parameters);
  if (compiled.policy === null || !Buffer.from(compiled.policy).equals(expected)) {
    throw new Error(`${provider.slug}: ${JSON.stringify(compiled.diagnostics)}`);
  }
  const name = identifier_of(provider.slug);
  const signs_path = files.some(({ text }) => /^content = .*\{path\}/m.test(text));
  const way = (read_policy_head(compiled.policy).features & ~shared_features) === 0
    ? 'at_once' : 'by_effects';
  // Who fetches keys carries what that takes, and nobody else.
  const fetches = files.some(({ text }) => /^key = "fetched"$/m.test(text));
  write(`providers/${provider.slug}.mjs`, [
    ...(fetches ? ["import { fetches } from '../npm/lib/fetches.mjs';"] : []),
    "import { provider } from '../npm/lib/provider.mjs';",
    `import { ${way} } from '../npm/lib/verifying/${way}.mjs';`, '',
    `export const ${name} = /* @__PURE__ */ provider({`,
    `  slug: '${provider.slug}', needs_url: ${needs_url}, way: ${way},` +
      `${fetches ? ' fetches,' : ''}${signs_path ? ' signs_path: true,' : ''}`,
    ...(parameters.length > 0
      ? [`  parameters: [${parameters.map((name) => `'${name}'`).join(', ')}],`] : []),
    // Text, where base64 would hide from a compressor that names stand in both.
    `  policy: ${JSON.stringify(unrehearsed(compiled.policy).toString('latin1'))},`,
    `  files: ${JSON.stringify(Object.fromEntries(files.map(({ slug, text }) => [slug, text])))},`,
    '});', '',
    `export default ${name};`, '',
  ].join('\n'));
  write(`providers/${provider.slug}.d.ts`, [
    "import type { Provider } from '../npm/types/index.d.ts';", '',
    `export declare const ${name}: Provider;`, `export default ${name};`, '',
  ].join('\n'));
}

/** A delivery of the provider's, for `postern send` without a body. */
function write_samples(slug) {
  for (const ending of ['json', 'form', 'event']) {
    const file = here(`fixtures/${slug}/sample.${ending}`);
    if (existsSync(file)) {
      write(`samples/${slug}.${ending}`, readFileSync(file));
    }
  }
}

/** The reasons that docs/RUNNING.md lists. */
function reasons_listed() {
  const [, after] =
    readFileSync(here('docs/RUNNING.md'), 'utf8').split('## Reasons, and what to do');
  const table = after.slice(0, after.indexOf('\n## '));
  return [...table.matchAll(/^\| (`.*?`) \|/gm)]
    .flatMap(([, names]) => [...names.matchAll(/`(\w+)`/g)].map(([, reason]) => reason));
}

/** A gate tells it by a line with `failure`, `verify` by its result. */
const incomplete = 'body_incomplete';

function write_reasons() {
  const reasons = reasons_listed();
  if (reasons.length < 40) {
    throw new Error('docs/RUNNING.md no longer has its table of reasons');
  }
  const union = [...reasons, incomplete].map((reason) => `  | '${reason}'`).join('\n');
  write('npm/types/reasons.d.ts',
    '/** Why a delivery was not let through: docs/RUNNING.md. */\n' +
    `export type Reason =\n${union};\n`);
}

const link = /\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)/g;

/** The pages, linked as they lie in the package; what it has not is named without a link. */
function write_pages() {
  const pages = [['npm/README.md', 'README.md'], ['SECURITY.md', 'SECURITY.md'],
    ...readdirSync(here('docs')).filter((file) => file.endsWith('.md'))
      .map((file) => [`docs/${file}`, `docs/${file}`])];
  const places = new Map(pages);
  for (const [from, to] of pages) {
    const text = readFileSync(here(from), 'utf8');
    write(to, text.replace(link, (_, label, target, anchor) => {
      const path = posix.join(posix.dirname(from), target);
      const place = places.get(path) ?? (existsSync(there(path)) ? path : null);
      return place === null
        ? label : `[${label}](${posix.relative(posix.dirname(to), place)}${anchor ?? ''})`;
    }));
  }
}

/** Where a folder with the package in it has what the tree has elsewhere. */
const in_a_project = [
  ['after `./dev build` and `postern compile`.',
    'after `npx postern build postern.toml -o policy.bin`.'],
  ['main = "hosts/', 'main = "node_modules/postern/hosts/'],
  ['"./hosts/cloudflare/policy.mjs"', '"./policy.mjs"'],
  ['See docs/DEPLOYING.md', 'See node_modules/postern/docs/DEPLOYING.md'],
];

/** What `postern init` writes before the names of a policy: see cmake/embed_wrangler.cmake. */
function write_wrangler_sample() {
  const text = in_a_project.reduce((sample, [tree, project]) => {
    if (!sample.includes(tree)) {
      throw new Error(`wrangler.toml no longer has ${tree}`);
    }
    return sample.replace(tree, project);
  }, readFileSync(here('wrangler.toml'), 'utf8'));
  const end = text.indexOf('\n# What the sample postern.toml reads');
  if (end < 0) {
    throw new Error('wrangler.toml has no list of what the sample policy reads');
  }
  write('build/wrangler_sample.toml', text.slice(0, end));
}

function main() {
  rmSync(folder, { recursive: true, force: true });
  const version = /project\(\s*postern\s+VERSION\s+([\d.]+)/i.exec(
    readFileSync(here('CMakeLists.txt'), 'utf8'))[1];
  const { name, ...manifest } = JSON.parse(readFileSync(here('npm/package.json'), 'utf8'));
  write('package.json', `${JSON.stringify({ name, version, ...manifest }, null, 2)}\n`);
  for (const path of ['npm/lib', 'npm/cli', 'npm/types', 'hosts', 'build/contract',
    'examples/origin', 'examples/vitest', 'fixtures']) {
    cpSync(here(path), there(path), { recursive: true });
  }
  const files = ['build/postern.wasm', 'build/postern_verify.wasm',
    'build/postern_verify_shared.wasm', 'build/postern_small.wasm', 'build/postern_compiler.wasm',
    'build/postern_harness.wasm', 'LICENSE', 'CHANGELOG.md'];
  for (const path of files) {
    cpSync(here(path), there(path));
  }
  write_pages();
  write_reasons();
  write_wrangler_sample();
  write('build/inline/postern.mjs',
    `export const postern = '${base64_of('build/postern.wasm')}';\n`);
  write('build/inline/verifying.mjs',
    `export const verifying = '${base64_of('build/postern_verify.wasm')}';\n`);
  write('build/inline/small.mjs',
    `export const small = '${base64_of('build/postern_small.wasm')}';\n`);
  write('build/inline/verifying_shared.mjs',
    `export const verifying_shared = '${base64_of('build/postern_verify_shared.wasm')}';\n`);
  write('build/inline/compiler.mjs',
    `export const compiler = '${base64_of('build/postern_compiler.wasm')}';\n`);
  const all = readdirSync(here('wasm/providers')).filter((one) => one.endsWith('.toml'))
    .map((file) => ({ slug: basename(file, '.toml'), file,
      text: readFileSync(here(`wasm/providers/${file}`), 'utf8') }));
  for (const provider of all) {
    write(`catalogue/${provider.file}`, provider.text);
    write_provider(provider, all);
    write_samples(provider.slug);
  }
  const tarball = execFileSync('npm', ['pack', '--silent', '--pack-destination', dirname(folder)],
    { cwd: folder, encoding: 'utf8' }).trim();
  console.log(join(dirname(folder), tarball));
}

main();
