// The reference of docs/ABI.md: between two marks stands what the table says.

import { frames, header, piece, policy_head, rehearsal } from './contract.mjs';
import { all_effects, all_numbers, constants } from './cpp.mjs';
import { is_bare, says_of, type_of } from './types.mjs';

const begin_mark = '<!-- From contract/contract.mjs: node contract/generate.mjs --docs -->';
const end_mark = '<!-- The end of what contract/contract.mjs says. -->';

/** Records and choices that are told of by name where they occur. */
const by_name = new Map([[header, 'header'], [piece, 'piece']]);

/** A type as the tables have it. */
function shown(type) {
  switch (type.is) {
    case 'integer': return `u${8 * type.bytes}`;
    case 'truth': return 'u8 0 or 1';
    case 'numbers': case 'bits': return `u8 *${type.name}*`;
    case 'text': return `text${type.length}`;
    case 'bytes': return `bytes${type.length}`;
    case 'raw': return `${type.bytes} bytes`;
    case 'list': return `u${type.count} n, n × ${grouped(type.element)}`;
    case 'optional': return `u8 0, or u8 1 and ${grouped(type.element)}`;
    default: return by_name.get(type) ?? fields_of(type);
  }
}

const grouped = (type) => (type.is === 'record' && !by_name.has(type)
  ? `(${fields_of(type)})` : shown(type));

function named(name, field) {
  const says = says_of(field);
  return `${shown(type_of(field))} \`${name}\`${says === '' ? '' : ` (${says})`}`;
}

const joined = (fields) => Object.entries(fields).map(([name, field]) => named(name, field)).join(' · ');

function fields_of(type) {
  if (type.is === 'record') {
    return joined(type.fields);
  }
  return Object.entries(type.forms).map(([name, form]) => {
    const [number, says, content] = form;
    const rest = content === undefined ? '' : ` · ${is_bare(form) ? shown(content) : joined(content)}`;
    return `u8 ${number} *${name}*${says === '' ? '' : ` (${says})`}${rest}`;
  }).join('; or ');
}

function effect_row({ kind, number, says, asks, gives }) {
  const payload = asks.is === 'choice' ? fields_of(asks) : joined(asks);
  const [outcome, about] = gives ?? [null, ''];
  const told = outcome === null ? '–' : `${shown(outcome)}${about === '' ? '' : ` (${about})`}`;
  return `| ${number} | ${kind} | ${says} | ${payload === '' ? '–' : payload} | ${told} |`;
}

function frame_table(title, record) {
  const rows = Object.entries(record.fields).map(([name, field]) =>
    `| ${shown(type_of(field))} | \`${name}\` | ${says_of(field)} |`);
  return [`${title}`, '', '| | | |', '|---|---|---|', ...rows, ''];
}

const with_version = ({ name, fields }) =>
  ({ name, fields: { abi_version: [constants.abi_version[0], ''], ...fields } });

const numbers_row = ({ name, says, values }) => `| *${name}* | ${says} | ${Object.entries(values)
  .map(([value, [number, about]]) => `${number} ${value}${about === '' ? '' : ` (${about})`}`)
  .join(' · ')} |`;

const columns_max = 120;

/** A paragraph as lines. */
function wrapped(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line.length + 1 + word.length > columns_max) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
  }
  return lines;
}

function reference() {
  return [
    begin_mark, '',
    ...wrapped(`A *header* is ${fields_of(header)}. ${header.says}`), '',
    ...wrapped(`A *piece* is a stretch of a signed text: ${fields_of(piece)}.`), '',
    '### Frames', '',
    ...Object.entries(frames).flatMap(([call, { in: given, out: got }]) => [
      ...(given === undefined ? [] : frame_table(`In, \`${call}\`:`, with_version(given))),
      ...(got === undefined ? [] : frame_table(
        call === 'step' ? 'Out of `begin` and `resume`, a step:' : `Out, \`${call}\`:`,
        with_version(got))),
    ]),
    ...frame_table(`The head of a policy file, behind 8 bytes of magic:`, policy_head),
    ...frame_table('The rehearsal in it:', rehearsal),
    '### Effects', '',
    '| kind | effect | the host is to | payload | outcome |', '|---|---|---|---|---|',
    ...all_effects.map(effect_row), '',
    '### Numbers', '', '| | | |', '|---|---|---|',
    ...all_numbers.filter(({ name }) => name !== 'EffectKind').map(numbers_row), '',
    '| limit | value | |', '|---|---|---|',
    ...Object.entries(constants).map(([name, [, value, says]]) => `| \`${name}\` | ${value} | ${says} |`),
    '', end_mark,
  ].join('\n');
}

/** `text`, a document with both marks, with the reference between them. */
export function with_reference(text) {
  const [begin, end] = [text.indexOf(begin_mark), text.indexOf(end_mark)];
  if (begin < 0 || end < begin) {
    throw new Error('the document has no place for the reference');
  }
  return `${text.slice(0, begin)}${reference()}${text.slice(end + end_mark.length)}`;
}

