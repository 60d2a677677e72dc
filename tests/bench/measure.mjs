// What all sections share: medians, ratios, tables. Nothing here judges a number.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Monotonic milliseconds. */
export const clock_ms = () => performance.now();

export async function timed_ms(action) {
  const started = clock_ms();
  await action();
  return clock_ms() - started;
}

/**
 * Measures every one of `subjects` in each round, so that a change of the machine's load meets them
 * all. Gives for each subject its samples, one per round.
 */
export async function interleaved(rounds, subjects, measure) {
  const samples = subjects.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    // Each round begins with another subject: none is always the one after the noisiest.
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const index = (turn + round) % subjects.length;
      samples[index].push(await measure(subjects[index], round));
    }
  }
  return samples;
}

/** The median of the rounds' quotients: load that lasts for a round leaves them alone. */
export function median_ratio(samples, reference) {
  return median(samples.map((sample, round) => sample / reference[round]));
}

export function format_us(us) {
  const digits = us < 10 ? 2 : us < 100 ? 1 : 0;
  return us < 10_000 ? `${us.toFixed(digits)} us` : `${(us / 1000).toFixed(2)} ms`;
}

export const format_ratio = (ratio) => ratio.toFixed(2);

/** Three significant places are more than a shared machine gives. */
export const format_count = (count) => Math.round(count).toLocaleString('en-US');

/** Prints rows of texts under a heading; the first row names the columns. */
export function print_table(heading, rows) {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const line = (row) => row
    .map((cell, column) => (column === 0
      ? String(cell).padEnd(widths[0]) : String(cell ?? '').padStart(widths[column])))
    .join('  ').trimEnd();
  console.log(`\n${heading}\n`);
  console.log(`  ${line(rows[0])}`);
  console.log(`  ${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  rows.slice(1).forEach((row) => console.log(`  ${line(row)}`));
}

export const size_name = (bytes) => (bytes >= 1 << 20 ? `${bytes >> 20} MiB`
  : bytes >= 1024 ? `${bytes >> 10} KiB` : `${bytes} B`);
