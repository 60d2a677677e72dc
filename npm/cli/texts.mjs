// Texts that are measured, cut and printed are bytes, a character each: a word may hold anything,
// and lines are as wide as their bytes.

const quoted_bytes_max = 60;

export const text_of_word = (word) => Buffer.from(word, 'utf8').toString('latin1');
export const word_of_text = (text) => Buffer.from(text, 'latin1').toString('utf8');
export const bytes_of_text = (text) => Buffer.from(text, 'latin1');

/** A word as it was typed: cut where it is long, and without what would speak to the terminal. */
export function as_typed(word) {
  const shown = word.slice(0, quoted_bytes_max).replace(/[\x00-\x1f\x7f]/g, '?');
  return `\`${shown}${word.length > quoted_bytes_max ? '...' : ''}\``;
}

/** Breaks `text` at spaces, `indent` before every line but the first, which begins at `column`. */
export function wrapped(text, columns, indent, column) {
  let result = '';
  let at = column;
  text.split(' ').forEach((word, number) => {
    if (number > 0 && at + 1 + word.length > columns) {
      result += `\n${' '.repeat(indent)}`;
      at = indent;
    } else if (number > 0) {
      result += ' ';
      at += 1;
    }
    result += word;
    at += word.length;
  });
  return result;
}

/** A line for the shell that is too long goes on behind a backslash. */
export function broken(line, columns) {
  let text = '  ';
  let column = 2;
  const words = line.split(' ');
  words.forEach((word, number) => {
    if (column > 2 && column + word.length + 3 > columns) {
      text += '\\\n      ';
      column = 6;
    }
    text += word;
    column += word.length;
    if (number + 1 < words.length) {
      text += ' ';
      column += 1;
    }
  });
  return `${text}\n`;
}

/** The one of `known` that `word` most likely meant, or nothing: at most two edits away. */
export function nearest(word, known) {
  let best_distance = word.length <= 3 ? 1 : 2;
  let best = '';
  for (const candidate of known) {
    if (word.length > candidate.length + best_distance) {
      continue;
    }
    const distance = edit_distance(word, candidate);
    if (distance <= best_distance && (best === '' || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

function edit_distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}
