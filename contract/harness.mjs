// The harness's own reading of the frames: values that own their bytes, and a reader or writer for
// each. It has the table's vocabulary in common with the core, and no code but the reader of
// integers.

import {
  all_effects, comment, enumerators, field_comment, parts_of, policy_head,
} from './cpp.mjs';
import { effects, frames, rehearsal } from './contract.mjs';
import { fields_of_form, type_of } from './types.mjs';

function host_type(type) {
  switch (type.is) {
    case 'integer': return `std::uint${8 * type.bytes}_t`;
    case 'truth': return 'bool';
    case 'bits': return 'std::uint8_t';
    case 'text': case 'bytes': case 'raw': return 'std::string';
    case 'list': return `std::vector<${host_type(type.element)}>`;
    case 'optional': return `std::optional<${host_type(type.element)}>`;
    case 'numbers': return `contract::${type.name}`;
    default: return type.name;
  }
}

function initial(type) {
  switch (type.is) {
    case 'integer': case 'bits': return ' = 0';
    case 'truth': return ' = false';
    case 'numbers': return '{}';
    default: return '';
  }
}

const members = (entries) => entries.flatMap(([name, field]) => {
  const type = type_of(field);
  return [...field_comment(field, '  '), `  ${host_type(type)} ${name}${initial(type)};`];
});

const value_name = 'bytes';
const equal = (name) => `  bool operator==(const ${name}&) const = default;`;

function struct_of(type) {
  const says = type.says === '' ? [] : comment(type.says);
  if (type.is === 'record') {
    return [...says, `struct ${type.name} {`, ...members(Object.entries(type.fields)),
      equal(type.name), '};', ''];
  }
  return [...says, `struct ${type.name} {`, '  enum class Kind : std::uint8_t {',
    ...enumerators(type.forms, '    '), '  };',
    `  Kind kind = Kind::${Object.keys(type.forms)[0]};`,
    ...Object.values(type.forms).flatMap((form) => members(fields_of_form(form, value_name))),
    equal(type.name), '};', ''];
}

/** Statements that read `place`, of `type`. */
function reading(type, place) {
  switch (type.is) {
    case 'integer': return [`${place} = reader.u${8 * type.bytes}();`];
    case 'bits': return [`${place} = reader.u8();`];
    case 'raw': return [`${place} = owned(reader.raw(${type.bytes}));`];
    case 'text': case 'bytes':
      return [`${place} = owned(reader.${type.length === 16 ? 'text16' : 'bytes32'}());`];
    case 'list': return [`${place}.resize(${type.count === 8 ? 'reader.u8()' : 'count16(reader)'});`,
      `for (auto& element : ${place}) {`,
      ...reading(type.element, 'element').map((line) => `  ${line}`), '}'];
    case 'optional': return ['if (read_truth(reader)) {',
      ...reading(type.element, `${place}.emplace()`).map((line) => `  ${line}`), '}'];
    case 'truth': return [`${place} = read_truth(reader);`];
    case 'numbers': {
      const known = Object.values(type.values).map(([number]) => number);
      return [`${place} = read_number<contract::${type.name}>(reader, ${Math.min(...known)}, ` +
        `${Math.max(...known)});`];
    }
    default: return [`read(reader, ${place});`];
  }
}

/** Statements that write `place`, of `type`. */
function writing(type, place) {
  switch (type.is) {
    case 'integer': return [`writer.u${8 * type.bytes}(${place});`];
    case 'bits': return [`writer.u8(${place});`];
    case 'numbers': return [`writer.u8(static_cast<std::uint8_t>(${place}));`];
    case 'truth': return [`writer.u8(${place} ? 1 : 0);`];
    case 'raw': return [`writer.fixed(${place}, ${type.bytes});`];
    case 'text': case 'bytes': return [`writer.${type.is_cut ? 'cut_text16'
      : type.length === 16 ? 'text16' : 'bytes32'}(${place});`];
    case 'list': return [`writer.count${type.count}(${place}.size());`,
      `for (const auto& element : ${place}) {`,
      ...writing(type.element, 'element').map((line) => `  ${line}`), '}'];
    case 'optional': return [`writer.u8(${place}.has_value() ? 1 : 0);`,
      `if (${place}.has_value()) {`,
      ...writing(type.element, `*${place}`).map((line) => `  ${line}`), '}'];
    default: return [`write(writer, ${place});`];
  }
}

/** The function that reads or writes a whole `type`, by `statements` for each field. */
function function_of(type, head, start, statements) {
  const indented = (entries, indent) => entries.flatMap(([name, field]) =>
    statements(type_of(field), `value.${name}`).map((line) => `${indent}${line}`));
  if (type.is === 'record') {
    const entries = Object.entries(type.fields);
    return entries.length === 0 ? [] : [head, ...indented(entries, '  '), '}', ''];
  }
  const forms = Object.entries(type.forms).flatMap(([name, form]) => {
    const entries = fields_of_form(form, value_name);
    return entries.length === 0 ? []
      : [`  if (value.kind == ${type.name}::Kind::${name}) {`, ...indented(entries, '    '), '  }'];
  });
  return [head, start, ...forms, '}', ''];
}

function reader_of(type) {
  const known = type.is === 'choice' ? Object.values(type.forms).map(([number]) => number) : [];
  return function_of(type, `inline void read(Reader& reader, ${type.name}& value) {`,
    `  value.kind = read_number<${type.name}::Kind>(reader, ${Math.min(...known)}, ` +
    `${Math.max(...known)});`, reading);
}

const writer_of = (type) => function_of(type,
  `inline void write(FrameWriter& writer, const ${type.name}& value) {`,
  '  writer.u8(static_cast<std::uint8_t>(value.kind));', writing);

/** Each outcome as a function that makes its bytes. */
function outcomes() {
  return Object.values(effects).filter(({ gives }) => gives !== undefined)
    .flatMap(({ name, gives: [type, says] }) => [
      ...(says === '' ? [] : comment(`What came of \`${name}\`: ${says}.`)),
      `inline std::string encode_outcome_of_${name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase()}`
        + `(const ${host_type(type)}& value) {`,
      '  FrameWriter writer;', ...writing(type, 'value').map((line) => `  ${line}`),
      '  return writer.take();', '}', '']);
}

const read_switch = () => [
  '/// Reads the payload of an effect of that kind, which no other may be.',
  'inline Effect read_effect(Reader& reader, contract::EffectKind kind) {',
  '  switch (kind) {',
  ...all_effects.flatMap(({ kind, name, payload }) => [`    case contract::EffectKind::${kind}: {`,
    `      ${name} effect;`,
    ...(payload.is === 'record' && Object.keys(payload.fields).length === 0
      ? [] : ['      read(reader, effect);']), '      return effect;', '    }']),
  '  }', '  reader.fail();', '  return SupplyBody{};', '}', ''];

export function harness_header() {
  const payloads = new Map();
  all_effects.forEach(({ payload }) => parts_of(payload, payloads));
  const given = new Map();
  const got = new Map();
  [frames.configure.out, frames.step.out, frames.ledger.out, policy_head]
    .forEach((frame) => parts_of(frame, got));
  [frames.configure.in, frames.begin.in, frames.resume.in, frames.ledger.in, rehearsal,
    ...Object.values(effects).filter(({ gives }) => gives !== undefined)
      .map(({ gives: [type] }) => type)].forEach((frame) => parts_of(frame, given));
  const all = new Map([...payloads, ...given, ...got]);
  return [
    '// Made from contract/contract.mjs. Do not edit.', '', '#pragma once', '',
    '#include <cstdint>', '#include <optional>', '#include <string>', '#include <variant>',
    '#include <vector>', '', '#include "harness/host/frame_reader.h"',
    '#include "harness/host/frame_writer.h"', '#include "postern/contract/numbers.h"', '',
    'namespace postern::harness::frame {', '', ...[...all.values()].flatMap(struct_of),
    `using Effect = std::variant<${all_effects.map(({ name }) => name).join(', ')}>;`, '',
    ...[...new Map([...payloads, ...got]).values()].flatMap(reader_of), ...read_switch(),
    ...[...given.values()].flatMap(writer_of), ...outcomes(),
    '}  // namespace postern::harness::frame', '',
  ].join('\n');
}
