// The JavaScript of the hosts: a module for each list of numbers, and one with a reader or writer for
// each frame.
//
// A record is an object with the fields' names, or a pair; what is optional and not there is null.
// A choice is read as what its form holds, and written by its `kind`. Readers take a `Reader` of
// hosts/fetch/wire.mjs, writers its `Writer`: what is malformed throws there.

import { policy_magic, tenant_setting_prefix } from './contract.mjs';
import {
  all_effects, all_numbers, constants, parts_of, policy_head, rehearsal,
} from './cpp.mjs';
import { effects, frames } from './contract.mjs';
import { fields_of_form, is_bare, type_of } from './types.mjs';

/** The numbers that a host needs; the others are the core's. */
const scripted = ['features', 'kinds', 'hashes', 'algorithms', 'key_formats', 'checked', 'limited',
  'ledger_answers', 'keeps', 'begin_flags', 'problems'];

const scripted_constants = ['abi_version', 'no_key', 'token_bytes', 'frame_headers_max',
  'tenant_bytes_max', 'body_head_bytes_max'];

const snake = (name) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

const head = '// Made from contract/contract.mjs. Do not edit.';

/** A module of constants, which a bundler puts where they are used: `import * as kinds from …`. */
function numbers_script({ says, values }) {
  return [head, `// ${says}`, '', ...Object.entries(values).flatMap(([name, [number, about]]) => [
    ...(about === '' ? [] : [`/** ${about} */`]), `export const ${name} = ${number};`]), ''].join('\n');
}

// ---- reading ------------------------------------------------------------------------------------

/** An expression that reads a `type` from `r`. */
function reading(type) {
  switch (type.is) {
    case 'integer': return `r.u${8 * type.bytes}()`;
    case 'numbers': case 'bits': return 'r.u8()';
    case 'truth': return 'r.truth()';
    case 'text': return `r.text${type.length}()`;
    case 'bytes': return `r.bytes${type.length}()`;
    case 'raw': return `r.raw(${type.bytes})`;
    case 'list': return `r.list${type.count}(${reader(type.element)})`;
    case 'optional': return `(r.truth() ? ${reading(type.element)} : null)`;
    default: return `read_${snake(type.name)}(r)`;
  }
}

const is_named = (type) => type.is === 'record' || type.is === 'choice';

const reader = (type) => (is_named(type) ? `read_${snake(type.name)}` : `(r) => ${reading(type)}`);

const object_of = (fields) => {
  const entries = Object.entries(fields).map(([name, field]) => `${name}: ${reading(type_of(field))}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
};

function record_reader(type) {
  const values = Object.values(type.fields).map((field) => reading(type_of(field)));
  return type.is_pair ? `[${values.join(', ')}]` : `(${object_of(type.fields)})`;
}

/** A choice is a list of forms by their numbers, which stand without a gap from 0 on. */
function choice_reader(type) {
  const forms = Object.values(type.forms).map((form) => {
    const [, , content] = form;
    const value = content === undefined ? 'null'
      : is_bare(form) ? reading(content) : `(${object_of(content)})`;
    return `  (r) => ${value},`;
  });
  return ['[', ...forms, ']'].join('\n');
}

function reader_of(type) {
  const name = snake(type.name);
  return type.is === 'record'
    ? [`const read_${name} = (r) => ${record_reader(type)};`, '']
    : [`const forms_of_${name} = ${choice_reader(type)};`,
      `const read_${name} = (r) => r.form(forms_of_${name});`, ''];
}

// ---- writing ------------------------------------------------------------------------------------

/** A statement that writes `value`, of `type`, to `w`. */
function writing(type, value) {
  switch (type.is) {
    case 'integer': return `w.u${8 * type.bytes}(${value})`;
    case 'numbers': case 'bits': return `w.u8(${value})`;
    case 'truth': return `w.truth(${value})`;
    case 'text': return `w.${type.is_cut ? 'cut' : 'text'}${type.length}(${value})`;
    case 'bytes': return `w.${type.is_apart ? 'apart' : 'bytes'}${type.length}(${value})`;
    case 'raw': return `w.raw(${value})`;
    case 'list': return `w.list${type.count}(${value}, ${writer(type.element)})`;
    case 'optional': return `w.optional(${value}, ${writer(type.element)})`;
    default: return `write_${snake(type.name)}(w, ${value})`;
  }
}

const writer = (type) => (is_named(type)
  ? `write_${snake(type.name)}` : `(w, value) => ${writing(type, 'value')}`);

const written = (entries) =>
  entries.map(([name, field]) => `  ${writing(type_of(field), `value.${name}`)};`);

function writer_of(type) {
  const name = snake(type.name);
  if (type.is === 'record' && type.is_pair) {
    const statements = Object.values(type.fields)
      .map((field, at) => `  ${writing(type_of(field), `value[${at}]`)};`);
    return [`function write_${name}(w, value) {`, ...statements, '}', ''];
  }
  if (type.is === 'record') {
    return [`function write_${name}(w, value) {`, ...written(Object.entries(type.fields)), '}', ''];
  }
  const forms = Object.values(type.forms).filter((form) => form.length > 2).flatMap((form) => [
    `  if (value.kind === ${form[0]}) {`,
    ...written(fields_of_form(form, 'value')).map((line) => `  ${line}`), '  }']);
  return [`function write_${name}(w, value) {`, '  w.u8(value.kind);', ...forms, '}', ''];
}

// ---- the file -----------------------------------------------------------------------------------

const exported = (lines) =>
  lines.map((line) => line.replace(/^(const|function) (read|write)_/, 'export $1 $2_'));

/** `make` of each part of `types` that was not made before, the types themselves exported. */
function made(types, make, done) {
  const parts = new Map();
  types.forEach((type) => parts_of(type, parts));
  const wanted = new Set(types);
  return [...parts.values()].filter((part) => !done.has(part) && done.add(part))
    .flatMap((part) => (wanted.has(part) ? exported(make(part)) : make(part)));
}

/**
 * The entries of an object of functions by number, as `[lines before it, entries]`: what several
 * have in common stands once, and what `exported_alone` names can be had without the others.
 */
function by_number(prefix, list, exported_alone = []) {
  const names = new Map();
  const before = [];
  const entries = list.map(({ number, kind, text }) => {
    if (exported_alone.includes(kind)) {
      names.set(text, `${prefix}_${kind}`);
      before.push(`export const ${prefix}_${kind} = ${text};`, '');
    } else if (!names.has(text) && list.filter((other) => other.text === text).length > 1) {
      names.set(text, `${prefix}_${kind}`);
      before.push(`const ${prefix}_${kind} = ${text};`, '');
    }
    return `  ${number}: ${names.get(text) ?? text},`;
  });
  return [before, entries];
}

/** One for each number from 1 on, none left out. */
function effect_names() {
  return all_effects.map(({ kind, number }, at) => {
    if (number !== at + 1) {
      throw new Error(`the effect ${kind} does not have the next number`);
    }
    return `  '${kind}',`;
  });
}

const effect_readers = () => by_number('read', all_effects.map(({ number, kind, asks, payload }) => (
  { number, kind, text: asks.is === 'choice' ? reader(payload) : `(r) => (${object_of(asks)})` })),
['answer']);

const outcome_writers = () => by_number('write', all_effects
  .filter(({ gives }) => gives !== undefined)
  .map(({ number, kind, gives: [type] }) => ({ number, kind, text: writer(type) })));

/** Each list of numbers as a file `[name, text]`. */
export function numbers_scripts() {
  const [{ forms, says }] = effects.forward.gives;
  const all = [...scripted.map((name) => all_numbers.find(({ script }) => script === name)),
    { script: 'forwarded', says, values: forms }];
  return all.map((numbers) => [`${numbers.script}.mjs`, numbers_script(numbers)]);
}

export function frames_script() {
  const read = new Set();
  const wrote = new Set();
  const payloads = all_effects.flatMap(({ payload }) => [...parts_of(payload).values()]
    .filter((part) => part !== payload || part.is === 'choice'));
  const outcomes = Object.values(effects).filter(({ gives }) => gives !== undefined)
    .flatMap(({ gives: [type] }) => [...parts_of(type).values()]);
  const [shared_readers, readers] = effect_readers();
  const [shared_writers, writers] = outcome_writers();
  return [
    head, '',
    ...scripted_constants.flatMap((name) => [`/** ${constants[name][2]} */`,
      `export const ${name} = ${constants[name][1]};`, '']),
    '/** First bytes of a policy file. */', `export const policy_magic = '${policy_magic}';`, '',
    '/** How the name of a setting begins that is a secret of a tenant. */',
    `export const tenant_setting_prefix = '${tenant_setting_prefix}';`, '',
    ...made(payloads, reader_of, read).map((line) => line.replace(/^export /, '')),
    '/** The effects by their kind: what a host calls its performers. */',
    'export const effect_names = [', "  '',", ...effect_names(), '];', '',
    '/** What a shard\'s object does about each of a delivery that it carries. */',
    'export const effects_carried = [', "  '',",
    ...all_effects.map(({ carried }) => `  '${carried}',`), '];', '',
    ...shared_readers, '/** Readers of effects by their kind. */',
    'export const read_effect = {', ...readers, '};', '',
    ...made(outcomes, writer_of, wrote).map((line) => line.replace(/^export /, '')),
    ...shared_writers,
    '/** Writers of outcomes by the kind of the effect, for those that have one. */',
    'export const write_outcome = {', ...writers, '};', '',
    ...made([frames.configure.out, frames.step.out, frames.ledger.out, policy_head, rehearsal],
      reader_of, read),
    ...made([frames.configure.in, frames.begin.in, frames.resume.in, frames.ledger.in],
      writer_of, wrote),
  ].join('\n');
}
