// The harness's own reading of the frames: values, and a reader or writer for each. It has the table's vocabulary in common with the core, and no code but the reader of
// integers.

import { all_effects, comment, enumerators, field_comment, parts_of, policy_head } from './cpp.mjs';
import { carried, effects, frames } from './contract.mjs';
import { fields_of_form, type_of } from './types.mjs';

/** What is read owns its bytes. */
function owned_type(type) {
  switch (type.is) {
    case 'integer': return `std::uint${8 * type.bytes}_t`;
    case 'truth': return 'bool';
    case 'bits': return 'std::uint8_t';
    case 'text': case 'bytes': case 'raw': return 'std::string';
    case 'list': return `std::vector<${owned_type(type.element)}>`;
    case 'optional': return `std::optional<${owned_type(type.element)}>`;
    case 'numbers': return `contract::${type.name}`;
    default: return type.name;
  }
}

/** What is written is somebody else's: a body is not copied before it is. */
function borrowed_type(type) {
  switch (type.is) {
    case 'text': case 'bytes': case 'raw': return 'std::string_view';
    case 'list': return `std::span<const ${owned_type(type.element)}>`;
    case 'optional': return `std::optional<${borrowed_type(type.element)}>`;
    default: return owned_type(type);
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

const value_name = 'bytes';

function struct_of(type, member_type) {
  const members = (entries) => entries.flatMap(([name, field]) => {
    const of_field = type_of(field);
    return [...field_comment(field, '  '),
      `  ${member_type(of_field)} ${name}${initial(of_field)};`];
  });
  const says = type.says === '' ? [] : comment(type.says);
  const equal = member_type === owned_type
    ? [`  bool operator==(const ${type.name}&) const = default;`] : [];
  if (type.is === 'record') {
    return [...says, `struct ${type.name} {`, ...members(Object.entries(type.fields)), ...equal,
      '};', ''];
  }
  return [...says, `struct ${type.name} {`, '  enum class Kind : std::uint8_t {',
    ...enumerators(type.forms, '    '), '  };',
    `  Kind kind = Kind::${Object.keys(type.forms)[0]};`,
    ...Object.values(type.forms).flatMap((form) => members(fields_of_form(form, value_name))),
    ...equal, '};', ''];
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
    case 'list': return [`writer.count${type.count}(std::size(${place}));`,
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

const with_outcome = () => Object.values(effects).filter(({ gives }) => gives !== undefined);

const snake = (name) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

/** Each outcome as a function that makes its bytes. */
const outcomes = () => with_outcome().flatMap(({ name, gives: [type, says] }) => [
  ...comment(`What came of \`${name}\`${says === '' ? '' : `: ${says}`}.`),
  `inline std::string outcome_of_${snake(name)}(const ${borrowed_type(type)}& value) {`,
  '  FrameWriter writer;', ...writing(type, 'value').map((line) => `  ${line}`),
  '  return writer.take();', '}', '']);

const read_switch = () => [
  '/// Reads the payload of an effect of that kind; fails for one that is not known.',
  'inline Effect read_effect(Reader& reader, contract::EffectKind kind) {',
  '  switch (kind) {',
  ...all_effects.flatMap(({ kind, name, payload }) => [`    case contract::EffectKind::${kind}: {`,
    `      ${name} effect;`,
    ...(payload.is === 'record' && Object.keys(payload.fields).length === 0
      ? [] : ['      read(reader, effect);']), '      return effect;', '    }']),
  '  }', '  reader.fail();', '  return SupplyBody{};', '}', ''];

/** The parts of those types, those that they need before them. */
function parts_of_all(types) {
  const parts = new Map();
  types.forEach((type) => parts_of(type, parts));
  return [...parts.values()];
}

const got = () => parts_of_all([...all_effects.map(({ payload }) => payload),
  frames.configure.out, frames.step.out, frames.ledger.out, policy_head]);

/** What is written and not read. */
const given = () => parts_of_all([frames.configure.in, frames.begin.in, frames.resume.in,
  frames.ledger.in, ...with_outcome().map(({ gives: [type] }) => type)])
  .filter((part) => !got().includes(part));

/** What a shard's object does about an effect, by its kind. */
const carried_switch = () => [
  ...comment('What a shard\'s object does about an effect of a delivery that it carries.'),
  'enum class Carried : std::uint8_t {',
  ...enumerators(Object.fromEntries(Object.entries(carried)
    .map(([name, says], number) => [name, [number, says]])), '  '), '};', '',
  'constexpr Carried carried(contract::EffectKind kind) {', '  switch (kind) {',
  ...Object.keys(carried).flatMap((how) => [
    ...all_effects.filter((effect) => effect.carried === how)
      .map(({ kind }) => `    case contract::EffectKind::${kind}:`),
    `      return Carried::${how};`]),
  '  }', '  return Carried::handed_back;', '}', ''];

const is_about_row = (effect) => effect.carried === 'own_row';

/** The effects as the harness's hosts see them: one type for all that asks about one row. */
const host_effects = () => {
  const own = all_effects.filter((effect) => !is_about_row(effect));
  const first_about_row = all_effects.find(is_about_row);
  const choices = all_effects
    .filter((effect) => effect === first_about_row || !is_about_row(effect))
    .map((effect) => (effect === first_about_row ? 'RowOperation' : effect.name));
  return [
    ...parts_of_all(own.map(({ payload }) => payload)).map(({ name }) => `using frame::${name};`),
    '', '/// `RowOperation` stands for all that is asked about one row.',
    'template <class RowOperation>', `using EffectWith = std::variant<${choices.join(', ')}>;`, ''];
};

const head = ['// Made from contract/contract.mjs. Do not edit.', '', '#pragma once', ''];

/** The frames as values. */
export function harness_header() {
  return [
    ...head, '#include <cstdint>', '#include <iterator>', '#include <optional>', '#include <span>', '#include <string>',
    '#include <string_view>', '#include <variant>', '#include <vector>', '',
    '#include "postern/contract/numbers.h"', '', 'namespace postern::harness::frame {', '',
    ...got().flatMap((part) => struct_of(part, owned_type)),
    ...given().flatMap((part) => struct_of(part, borrowed_type)),
    `using Effect = std::variant<${all_effects.map(({ name }) => name).join(', ')}>;`, '',
    ...carried_switch(),
    '}  // namespace postern::harness::frame', '', 'namespace postern::harness {', '',
    ...host_effects(), '}  // namespace postern::harness', '',
  ].join('\n');
}

/** What reads them, and what writes them. */
export function harness_forms_header() {
  return [
    ...head, '#include "harness/contract/frames.h"', '#include "harness/host/frame_reader.h"',
    '#include "harness/host/frame_writer.h"', '', 'namespace postern::harness::frame {', '',
    ...got().flatMap(reader_of), ...read_switch(),
    ...[...got().filter(({ name }) => name === 'Header'), ...given()].flatMap(writer_of),
    ...outcomes(), '}  // namespace postern::harness::frame', '',
  ].join('\n');
}
