/** A sentence that names the one of `names` that is nearest to `text`; empty when none is near. */
export function nearest(text, names) {
  const near = names.map((name) => [distance(text.toLowerCase(), name), name])
    .filter(([away, name]) => away <= Math.max(2, name.length / 3)).sort(([a], [b]) => a - b)[0];
  return near === undefined ? '' : ` Did you mean ${JSON.stringify(near[1])}?`;
}

/** How many letters have to be put in, taken out or changed. */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const changed = from[i - 1] === to[j - 1] ? 0 : 1;
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + changed);
    }
    row = next;
  }
  return row[to.length];
}
