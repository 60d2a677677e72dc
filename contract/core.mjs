// The core's headers: numbers, effects as plain structs, and the lists of their fields.

import { policy_magic, tenant_setting_prefix } from './contract.mjs';
import {
  acknowledged_effects, all_effects, all_numbers, comment, constants, enumeration, enumerators, field_comment, parts_of,
  range_of, rehearsal,
} from './cpp.mjs';
import { fields_of_form, type_of } from './types.mjs';

const generated = '// Made from contract/contract.mjs. Do not edit.';

/** Types of the core's own that stand for a record of the table. */
const own_types = { Header: 'http::Header' };

const constant_types = { 1: 'std::uint8_t', 2: 'std::uint16_t', 4: 'std::uint32_t' };

/** What is to be known of an effect by its number. */
function effect_facts() {
  const last = all_effects.at(-1).kind;
  const are = acknowledged_effects.map(({ kind }) => `kind == EffectKind::${kind}`);
  return [
    '/// The effect with the largest number.',
    `inline constexpr EffectKind effect_kind_last = EffectKind::${last};`, '',
    '/// Whether a host has nothing to say of an effect but that it is done.',
    'constexpr bool is_only_acknowledged(EffectKind kind) {',
    `  return ${are.join(' ||\n         ')};`, '}', '',
  ];
}

export function numbers_header() {
  return [
    generated, '', '#pragma once', '', '#include <cstdint>', '#include <string_view>', '',
    '// Numbers that both sides of the module\'s boundary know: docs/ABI.md.', '',
    'namespace postern::contract {', '',
    ...Object.entries(constants).flatMap(([name, [{ bytes }, value, says]]) => [
      ...comment(says), `inline constexpr ${constant_types[bytes]} ${name} = ${value};`, '']),
    ...comment('First bytes of a policy file; the digit is the version of its form.'),
    `inline constexpr std::string_view policy_magic = "${policy_magic}";`, '',
    '/// How the name of a setting begins that is a secret of a tenant: docs/ABI.md.',
    `inline constexpr std::string_view tenant_setting_prefix = "${tenant_setting_prefix}";`, '',
    ...all_numbers.flatMap(enumeration), ...effect_facts(),
    '}  // namespace postern::contract', '',
  ].join('\n');
}

function core_type(type) {
  switch (type.is) {
    case 'integer': return `std::uint${8 * type.bytes}_t`;
    case 'truth': return 'bool';
    case 'text': return type.length === 16 ? 'std::string_view' : 'Bytes';
    case 'bytes': return 'Bytes';
    case 'raw': return `std::array<std::byte, ${type.bytes}>`;
    case 'list': return `std::span<const ${core_type(type.element)}>`;
    case 'bits': return 'std::uint8_t';
    case 'numbers': return type.name;
    default: return own_types[type.name] ?? type.name;
  }
}

function initial(type) {
  switch (type.is) {
    case 'integer': case 'bits': return ' = 0';
    case 'truth': return ' = false';
    case 'numbers': return ` = ${type.name}::${Object.keys(type.values)[0]}`;
    case 'raw': case 'record': case 'choice': return '{}';
    default: return '';
  }
}

function members_of(entries) {
  return entries.flatMap(([name, field]) => {
    const type = type_of(field);
    const said = field_comment(field, '  ');
    if (type.is === 'optional') {
      const { element } = type;
      return [...said, `  bool has_${name} = false;`,
        `  ${core_type(element)} ${name}${initial(element)};`];
    }
    return [...said, `  ${core_type(type)} ${name}${initial(type)};`];
  });
}

/** What a single value of a choice is called. */
const value_name = 'bytes';

function struct_of(type, kind) {
  const says = type.says === '' ? [] : comment(type.says);
  const own_kind = kind === undefined ? []
    : [`  static constexpr EffectKind effect = EffectKind::${kind};`];
  if (type.is === 'record') {
    return [...says, `struct ${type.name} {`, ...own_kind,
      ...members_of(Object.entries(type.fields)), '};', ''];
  }
  const values = { ...type.forms, ...type.inner };
  return [...says, `struct ${type.name} {`, ...own_kind, '  enum class Kind : std::uint8_t {',
    ...enumerators(values, '    '), '  };',
    `  Kind kind = Kind::${Object.keys(values)[0]};`,
    ...Object.entries(type.forms).flatMap(([name, form]) => {
      const members = members_of(fields_of_form(form, value_name));
      return members.length === 0 ? [] : [`  // Of \`${name}\`.`, ...members];
    }), '};', ''];
}

const is_struct = ({ name }) => own_types[name] === undefined;

export function effects_header() {
  const parts = new Map();
  const structs = all_effects.flatMap(({ kind, payload }) => {
    const needed = [...parts_of(payload).values()]
      .filter((part) => part.name !== payload.name && is_struct(part) && !parts.has(part.name));
    needed.forEach((part) => parts.set(part.name, part));
    return [...needed.flatMap((part) => struct_of(part)), ...struct_of(payload, kind)];
  });
  return [
    generated, '', '#pragma once', '', '#include <array>', '#include <cstddef>',
    '#include <cstdint>', '#include <span>', '#include <string_view>', '',
    '#include "postern/base/bytes.h"', '#include "postern/contract/numbers.h"',
    '#include "postern/http/delivery.h"', '',
    '// What the core asks of a host, as plain values: docs/ABI.md. They borrow what they show.', '',
    'namespace postern::contract {', '', ...structs, '}  // namespace postern::contract', '',
  ].join('\n');
}

const list_name = (name) => `${name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase()}_fields`;

/** The list of an element: of a record or choice its own, of anything else a single field. */
function element_list(element) {
  return element.is === 'record' || element.is === 'choice'
    ? list_name(element.name) : `(scalar_field<${core_type(element)}>())`;
}

/** One field of `record` as an argument of `list_fields`. */
function field_expression(record, name, type) {
  switch (type.is) {
    case 'numbers': case 'bits': {
      const [first, last] = type.is === 'bits' ? [0, 255] : range_of(type.values);
      return [`POSTERN_NUMBER_FIELD(${record}, ${name}, ${first}, ${last})`];
    }
    case 'list':
      return [`POSTERN_LIST_FIELD(${record}, ${name}, ${type.count}, ${2 ** type.count - 1}, ` +
        `${element_list(type.element)})`];
    case 'record': case 'choice':
      return [`POSTERN_RECORD_FIELD(${record}, ${name}, ${list_name(type.name)})`];
    case 'optional':
      return [`POSTERN_FIELD(${record}, has_${name})`,
        `POSTERN_WHEN(${record}, has_${name}, 1, ${field_expression(record, name, type.element)})`];
    case 'bytes':
      return [type.length === 16
        ? `POSTERN_BYTES16_FIELD(${record}, ${name})` : `POSTERN_FIELD(${record}, ${name})`];
    default:
      return [`POSTERN_FIELD(${record}, ${name})`];
  }
}

const expressions = (record, entries) =>
  entries.flatMap(([name, field]) => field_expression(record, name, type_of(field)));

function list_of(type) {
  const record = own_types[type.name] ?? type.name;
  if (type.is === 'record') {
    const entries = Object.entries(type.fields);
    return entries.length === 0 ? []
      : [`inline constexpr auto ${list_name(type.name)} = list_fields(`,
        `    ${expressions(record, entries).join(',\n    ')});`, ''];
  }
  const [first, last] = range_of(type.forms);
  const forms = Object.values(type.forms).flatMap((form) => {
    const entries = fields_of_form(form, value_name);
    return entries.length === 0 ? []
      : [`POSTERN_WHEN(${record}, kind, ${form[0]}, ${expressions(record, entries).join(', ')})`];
  });
  return [`inline constexpr auto ${list_name(type.name)} = list_fields(`,
    `    POSTERN_NUMBER_FIELD(${record}, kind, ${first}, ${last}),`,
    `    ${forms.join(',\n    ')});`, ''];
}

export function effect_fields_header() {
  const parts = new Map();
  all_effects.forEach(({ payload }) => parts_of(payload, parts));
  const forms = [];
  all_effects.forEach(({ number, name, payload }) => {
    forms[number] = list_of(payload).length > 0 ? `${list_name(name)}.fields` : '{}';
  });
  return [
    generated, '', '#pragma once', '', '#include "postern/base/fields.h"',
    '#include "postern/contract/effects.h"', '',
    '// The forms of effects: each a list of fields, which the core\'s one writer goes through.', '',
    'namespace postern::contract {', '', ...[...parts.values()].flatMap(list_of),
    '/// By the numbers of the effects.',
    `inline constexpr std::array<std::span<const Field>, ${forms.length}> effect_forms = {{`,
    ...Array.from(forms, (form) => `    ${form ?? '{}'},`), '}};', '',
    '/// `fields_of` is the form of an effect: of its payload, behind the head of its step. No fields',
    '/// for one that says nothing.',
    'constexpr std::span<const Field> fields_of(EffectKind kind) {',
    '  return effect_forms[static_cast<std::size_t>(kind)];', '}', '', '}  // namespace postern::contract', '',
  ].join('\n');
}

/** What the compiler writes into a policy file for hosts. */
export function rehearsal_header() {
  return [
    generated, '', '#pragma once', '', '#include <cstdint>', '#include <span>',
    '#include <string_view>', '', '#include "postern/base/bytes.h"',
    '#include "postern/contract/effect_fields.h"', '#include "postern/http/delivery.h"', '',
    'namespace postern::contract {', '', ...struct_of(rehearsal), ...list_of(rehearsal),
    '}  // namespace postern::contract', '',
  ].join('\n');
}
