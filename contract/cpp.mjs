// What the two C++ readings have in common: numbers, wrapping, comments.

import { carried, constants, effects, frames, policy_head, rehearsal } from './contract.mjs';
import * as contract from './contract.mjs';
import { fields_of_form, type_of } from './types.mjs';

const columns_max = 100;

/** Every enumeration of the table, in its order; a choice's kinds belong to the choice. */
export const all_numbers = Object.values(contract).filter(({ is }) => is === 'numbers' || is === 'bits');

/** Text as comment lines that begin with `mark`. */
export function comment(text, mark = '///', indent = '') {
  const lines = [];
  let line = `${indent}${mark}`;
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > columns_max) {
      lines.push(line);
      line = `${indent}${mark}`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

/** Enumerators one a line, each with what it says above it. */
export function enumerators(values, indent) {
  return Object.entries(values).flatMap(([name, [number, says]]) => [
    ...(says === '' ? [] : comment(sentence(says), '///', indent)),
    `${indent}${name} = ${number},`,
  ]);
}

export function enumeration({ name, says, values }) {
  return [...comment(says), `enum class ${name} : std::uint8_t {`, ...enumerators(values, '  '),
    '};', ''];
}

/** Smallest and largest number of an enumeration. */
export function range_of(values) {
  const numbers = Object.values(values).map(([number]) => number);
  return [Math.min(...numbers), Math.max(...numbers)];
}

/** A field's comment lines, for its struct. */
export function field_comment(field, indent) {
  const says = Array.isArray(field) ? field[1] : '';
  return says === '' ? [] : comment(sentence(says), '///', indent);
}

/**
 * Records and choices that `type` is made of, each behind those that it needs, `type` last. Every
 * one once, by its name.
 */
export function parts_of(type, found = new Map()) {
  const visit = (field) => parts_of(type_of(field), found);
  if (type.is === 'list' || type.is === 'optional') {
    visit(type.element);
  } else if (type.is === 'record') {
    Object.values(type.fields).forEach(visit);
  } else if (type.is === 'choice') {
    Object.values(type.forms)
      .forEach((form) => fields_of_form(form, 'value').forEach(([, field]) => visit(field)));
  }
  if (type.is === 'record' || type.is === 'choice') {
    found.set(type.name, type);
  }
  return found;
}

/** An effect's payload as a record or a choice of the effect's name. */
export function payload_of({ name, says, asks }) {
  return asks.is === 'choice' ? { ...asks, name, says } : { is: 'record', name, says, fields: asks };
}

export const all_effects = Object.entries(effects).map(([kind, effect]) => {
  if (!Object.hasOwn(carried, effect.carried)) {
    throw new Error(`the effect ${kind} does not say what an object does that carries a delivery`);
  }
  return { kind, ...effect, payload: payload_of(effect) };
});

/** Effects that a host does and is done with: without an outcome, and no end of a run. */
export const acknowledged_effects =
  all_effects.filter(({ gives, ends }) => gives === undefined && !ends);

/** Frames that have a form besides their version: `[the call's name, record]`. */
export const all_frames = Object.entries(frames)
  .flatMap(([, { in: given, out: got }]) => [given, got].filter((frame) => frame !== undefined));

export { constants, policy_head, rehearsal };
