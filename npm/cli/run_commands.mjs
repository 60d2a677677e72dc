// What each command reads and writes. What it says comes from the compiler's module, so that it is
// what the native command says.

import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

import { encode_configure, read_policy_head } from '../../hosts/fetch/effects.mjs';
import { start_instance } from '../../hosts/fetch/instance.mjs';
import { Module } from '../../hosts/fetch/module.mjs';
import { load_postern } from '../lib/load/node.mjs';
import { load_small } from '../lib/load/small/node.mjs';

import { UsageError } from './command_line.mjs';
import {
  is_regular_file, is_same_file, is_there, path_in, read_given, read_providers, write_file,
  write_whole,
} from './files.mjs';
import { ask } from './requests.mjs';
import { bytes_of_text } from './texts.mjs';

const optional_file = async (name) => (name === undefined ? null : read_given(name));

/** The configuration beside the policy that wrangler would take, or nothing. */
function configuration_beside(policy) {
  const end = policy.lastIndexOf('/');
  const folder = end < 0 ? '' : policy.slice(0, end).replace(/\/+$/, '') || '/';
  return ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml']
    .map((name) => path_in(folder, name)).find(is_regular_file);
}

/** The core itself says what it takes, so that nothing passes here that a gate answers 503 for. */
function problems_of({ files: [policy], values }) {
  const module = new Module(load_postern(), encode_configure(policy.bytes, values));
  return module.configuration.problems;
}

export async function run_lint(options) {
  const setting = { stream: process.stdout, ...await read_providers(options['--providers']) };
  const values_file = await optional_file(options['--env']);
  const policy = await read_given(options.FILE);
  const configuration = await optional_file(
    options['--wrangler'] ?? configuration_beside(options.FILE));
  const input = {
    policy, values_file, configuration, checks_environment: options['--check-secrets'] === true,
    format: options['--format'] ?? 'text', strict: options['--strict'] === true, problems: [],
  };
  const answer = ask('lint', setting, input);
  const problems = answer.files.length === 0 ? [] : problems_of(answer);
  return problems.length === 0 ? answer : ask('lint', setting, { ...input, problems });
}

/** Compiles, and writes the policy file; `write_more` says which other file cannot be written. */
async function compile_and_write(options, write_more) {
  const output = options['--output'];
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  const policy = await read_given(options.FILE);
  const input = {
    policy, is_development: options['--development'] === true, origin: options['--origin'] ?? '',
    output,
  };
  const failed = (fault, file) =>
    ask('compile', { ...setting, faults_of_writing: [{ fault, file }] }, input);
  if (is_same_file(options.FILE, output)) {
    return failed('output_is_policy', output);
  }
  const answer = ask('compile', setting, input);
  const [file] = answer.files;
  if (file === undefined) {
    return answer;
  }
  const unwritten = write_whole(output, file.bytes) ? write_more(file.bytes) : output;
  return unwritten === null ? answer : failed('output_unwritable', unwritten);
}

export async function run_compile(options) {
  if (options['--output'] === undefined) {
    throw new UsageError('`postern compile` wants --output FILE: where the policy file goes.');
  }
  return compile_and_write(options, () => null);
}

/** The script that exports what was compiled. */
const script_of = (bytes) => bytes_of_text([
  '// Made by `postern build`. Do not edit.', '',
  'export const policy = Uint8Array.from(',
  `  atob('${Buffer.from(bytes).toString('base64')}'), (unit) => unit.charCodeAt(0));`, '',
  'export default policy;', ''].join('\n'));

/** Which edition of the module the policy needs, by the entry that a Worker imports. */
function edition_of(policy) {
  const lacking = read_policy_head(policy).features &
    ~start_instance(load_small()).postern_features();
  return lacking === 0
    ? '  it needs no more than postern/gate/small and postern/cloudflare/small\n'
    : '  it needs postern/gate and postern/cloudflare\n';
}

export async function run_build(options) {
  const output = options['--output'];
  if (output === undefined) {
    throw new UsageError('`postern build` wants --output FILE: where the policy file goes.');
  }
  const script = `${output.replace(/(?<=[^/])\.[^./]*$/, '')}.mjs`;
  if (script === output) {
    throw new UsageError('--output names the policy file: the script beside it ends in .mjs.');
  }
  const answer = await compile_and_write(options, (bytes) =>
    (write_file(script, script_of(bytes)) ? null : script));
  const told = answer.exit === 0
    ? `${script}: exports it as \`policy\`\n${edition_of(answer.files[0].bytes)}` : '';
  return { ...answer, out: Buffer.concat([answer.out, bytes_of_text(told)]) };
}

export async function run_names(options) {
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  const policy = await read_given(options.FILE);
  return ask('names', setting, { policy, is_json: options['--json'] === true });
}

export async function run_providers(options) {
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  return ask('providers', setting, {
    name: options.NAME ?? '', algorithm: options['--algorithm'] ?? '',
    is_signed: options['--signed'] === true, has_challenge: options['--challenge'] === true,
    is_json: options['--json'] === true, request: await optional_file(options['--identify']),
  });
}

export async function run_init(options) {
  if (options.NAME.length === 0) {
    throw new UsageError('`postern init` wants NAME...: the providers that send to the gate.');
  }
  const folder = options['--folder'] ?? '.';
  const is_node = options['--node'] === true;
  const is_printed = options['--print'] === true;
  const setting = {
    stream: process.stderr, ...await read_providers(options['--providers']),
    host: is_node ? 'local' : 'cloudflare',
  };
  const input = {
    sample: readFileSync(new URL('../../build/wrangler_sample.toml', import.meta.url)),
    names: options.NAME, is_node, is_printed, written: [],
    gitignore: is_printed ? null : await read_gitignore(path_in(folder, '.gitignore')),
  };
  const answer = ask('init', setting, input);
  const faults_of_writing = write_new_files(answer.files, folder, options['--force'] === true);
  if (faults_of_writing.length > 0) {
    return ask('init', { ...setting, faults_of_writing }, input);
  }
  const written = answer.files.map(({ name }) => `${posix.normalize(path_in(folder, name))}\n`);
  return { ...answer, out: Buffer.concat([bytes_of_text(written.join('')), answer.out]) };
}

/** Null where there is none; empty where it cannot be read, which leaves it as it is too. */
async function read_gitignore(file) {
  return is_there(file) ? (await read_given(file)).bytes ?? bytes_of_text('') : null;
}

/** All of them, or none where one is there already and may not be overwritten. Gives the faults. */
function write_new_files(files, folder, may_overwrite) {
  const paths = files.map(({ name, bytes }) => ({ file: path_in(folder, name), bytes }));
  const there = may_overwrite ? [] : paths.filter(({ file }) => is_there(file));
  if (there.length > 0) {
    return there.map(({ file }) => ({ fault: 'file_exists', file }));
  }
  const unwritten = paths.find(({ file, bytes }) => !write_file(file, bytes));
  return unwritten === undefined ? [] : [{ fault: 'file_unwritable', file: unwritten.file }];
}
