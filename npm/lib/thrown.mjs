/** Characters that are told of a thrown value: the first lines of a stack, not what it carries. */
export const thrown_length_max = 4096;

/** What is told of a thrown value, which may be anything: its text, or its stack if it has one. */
export function text_of_thrown(thrown, { has_stack = false } = {}) {
  return cut(has_stack ? stack_of(thrown) : plain(thrown));
}

function plain(thrown) {
  try {
    return String(thrown);
  } catch {
    return `${typeof thrown} that has no text`;
  }
}

function stack_of(thrown) {
  try {
    return typeof thrown?.stack === 'string' ? thrown.stack : plain(thrown);
  } catch {
    return plain(thrown);
  }
}

const cut = (text) =>
  (text.length > thrown_length_max ? `${text.slice(0, thrown_length_max)} …` : text);
