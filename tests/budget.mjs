// What the environment may say of a search: how much of it, and from which seed. CONTRIBUTING.md
// lists the names.

/** A seed of one's own; otherwise the one that is given, or a fresh one. */
export function read_seed(name, otherwise = String(Math.floor(Math.random() * 2 ** 31))) {
  return process.env[name] ?? otherwise;
}

/** How many of something. */
export function read_count(name, otherwise) {
  const count = Number(process.env[name] ?? otherwise);
  if (!Number.isInteger(count) || count <= 0) {
    throw new RangeError(`${name} is no positive whole number`);
  }
  return count;
}
