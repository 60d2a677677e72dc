// The words in which contract.mjs describes what crosses a boundary. Each is plain data: `is` names
// the kind of a type, and the generators in this folder know nothing else about it.

/** Unsigned integers, little-endian. */
export const u8 = { is: 'integer', bytes: 1 };
export const u16 = { is: 'integer', bytes: 2 };
export const u32 = { is: 'integer', bytes: 4 };
export const u64 = { is: 'integer', bytes: 8 };

/** A byte that is 0 or 1. */
export const truth = { is: 'truth' };

/** UTF-8 behind a 16-bit length; behind a 32-bit one. */
export const text16 = { is: 'text', length: 16 };
export const text32 = { is: 'text', length: 32 };

/** A text of a sender's: what is longer than its length can say is cut, above every limit. */
export const cut16 = { is: 'text', length: 16, is_cut: true };

/** Bytes behind a 16-bit length; behind a 32-bit one. */
export const bytes16 = { is: 'bytes', length: 16 };
export const bytes32 = { is: 'bytes', length: 32 };

/** A body or a policy: a host hands it over beside what it writes, so that it is copied once. */
export const apart32 = { is: 'bytes', length: 32, is_apart: true };

/** That many bytes. */
export const raw = (bytes) => ({ is: 'raw', bytes });

/** Elements behind their number, of 8 or 16 bits. */
export const list8 = (element) => ({ is: 'list', count: 8, element });
export const list16 = (element) => ({ is: 'list', count: 16, element });

/** A truth, and the element when it is 1. */
export const optional = (element) => ({ is: 'optional', element });

/**
 * Numbers with names: `values` maps a name to `[number, what it says]`. `name` is that of the C++
 * enumeration, `script` that of the JavaScript object.
 */
export const numbers = (name, script, says, values) =>
  ({ is: 'numbers', bytes: 1, name, script, says, values });

/** Bits of one byte: as `numbers`, each number being one bit. */
export const bits = (name, script, says, values) =>
  ({ is: 'bits', bytes: 1, name, script, says, values });

/**
 * Fields one behind the other: `fields` maps a name to a type, or to `[type, what it says]`. With
 * `is_pair`, scripts have it as an array of two.
 */
export const record = (name, says, fields, { is_pair = false } = {}) =>
  ({ is: 'record', name, says, fields, is_pair });

/**
 * One of several forms, told by a first byte: `forms` maps a name to `[number, what it says,
 * fields]`, or to `[number, what it says, type]` where there is one value without a name. Scripts
 * read it as what the form holds (null for nothing), and write it by its `kind`. `inner` has further
 * kinds that only the core's memory knows and no frame has.
 */
export const choice = (name, says, forms, { inner = {} } = {}) =>
  ({ is: 'choice', name, says, forms, inner });

/** The type of a field, and what it says. */
export const type_of = (field) => (Array.isArray(field) ? field[0] : field);
export const says_of = (field) => (Array.isArray(field) ? field[1] : '');

/** The fields of a choice's form as `[[name, field], …]`; of a single value, under `value_name`. */
export function fields_of_form([, , content], value_name) {
  if (content === undefined) {
    return [];
  }
  return content.is === undefined ? Object.entries(content) : [[value_name, content]];
}

/** Whether a choice's form is a single value without a name of its own. */
export const is_bare = ([, , content]) => content?.is !== undefined;
