// Many deliveries with duplicates, forgeries and faults: how many a second, and whether the books
// balance.

import { read_seed } from '../budget.mjs';
import { describe_storm, run_storm } from '../store/storm.mjs';

export async function run_storm_section({ storm_deliveries }) {
  const seed = read_seed('POSTERN_STORM_SEED');
  const result = await run_storm(storm_deliveries, seed);
  console.log(`\nA storm of ${storm_deliveries} deliveries in both modes\n`);
  describe_storm(result, seed).forEach((line) => console.log(`  ${line}`));
  const { counts, seconds } = result;
  return { counts, seconds };
}
