// Vendors' own libraries as independent signers and verifiers of what the gate judges.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { compare, summary } from './compare.mjs';
import { deliveries_wanted, seed } from './random.mjs';
import { senders } from './senders.mjs';

/** How many disagreements are shown; one cause has many. */
const problems_shown = 5;

const tallies = new Map();

after(() => {
  const all = [...tallies.values()];
  const sum = (name) => all.reduce((total, tally) => total + tally[name], 0);
  console.log([
    ...[...tallies].map(([sender, tally]) => summary(sender, tally)),
    `POSTERN_DIFFERENTIAL_SEED=${seed}: ${sum('deliveries')} deliveries, ` +
      `${sum('accepted')} accepted by both, ${sum('refused')} refused by both`,
  ].join('\n'));
});

test('there are deliveries to compare', () => {
  assert.ok(deliveries_wanted >= senders.length,
    'POSTERN_DIFFERENTIAL_COUNT must be a delivery for each sender at least');
});

for (const sender of senders) {
  test(`what the gate accepts, ${sender.name} accepts, and the reverse but for known reasons`,
    async () => {
      const tally = await compare(sender, Math.ceil(deliveries_wanted / senders.length));
      tallies.set(sender, tally);
      assert.ok(tally.accepted > 0 && tally.refused > 0, 'nothing was compared');
      const shown = tally.problems.slice(0, problems_shown)
        .map((problem) => JSON.stringify(problem, null, 1)).join('\n');
      assert.equal(tally.problems.length, 0, `${tally.problems.length} disagreements\n${shown}`);
      for (const table of ['mutations', 'stricter', 'laxer']) {
        const unused = [...tally[table]].filter(([, times]) => times === 0).map(([name]) => name);
        assert.deepEqual(unused, [], `nothing in ${table} may be without a case`);
      }
    });
}
