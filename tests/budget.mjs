// What the environment may say of these tests. CONTRIBUTING.md lists it.

/** A seed of one's own, or a fresh one. */
export function read_seed(name) {
  return process.env[name] ?? String(Math.floor(Math.random() * 2 ** 31));
}

/** How many of something. */
export function read_count(name, otherwise) {
  const count = Number(process.env[name] ?? otherwise);
  if (!Number.isInteger(count) || count <= 0) {
    throw new RangeError(`${name} is no positive whole number`);
  }
  return count;
}
