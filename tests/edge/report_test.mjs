// What is told of each delivery, to the log and to a data set.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { make_report } from '../../hosts/fetch/report.mjs';

const host = { answer_ms: 28, total_ms: 35, origin_ms: 6, ledger_ms: 29 };
const record = {
  time: '2026-11-21T05:07:37.725Z', delivery: '40', source: 'slack', provider: 'slack-v0',
  verdict: 'refused', reason: 'stale', status: 401, event_type: 'a.b', event_key: 'c1', host,
};

function report_of(end, { analytics } = {}) {
  const lines = [];
  make_report({ module: { restarts: 3 }, log: (line) => lines.push(line), analytics })(end);
  return lines;
}

const ended = (fields) => ({ record: JSON.stringify(fields), failure: null });

function points_of(fields) {
  const points = [];
  report_of(ended(fields), { analytics: { writeDataPoint: (point) => points.push(point) } });
  return points;
}

test('a delivery is one line of log and one data point, in this order of fields', () => {
  assert.deepEqual(report_of(ended(record)), [JSON.stringify(record)]);
  assert.deepEqual(points_of(record), [{
    indexes: ['slack'],
    blobs: ['refused', 'stale', 'slack-v0'],
    doubles: [401, 28, 35, 6, 29, 0, 0, 0, 0, 0],
  }]);
});

test('a delivery of no source, and a run without an answer, have points too', () => {
  const { source: _, provider: __, status: ___, ...bare } = record;
  assert.deepEqual(points_of(bare), [
    { indexes: [''], blobs: ['refused', 'stale', ''], doubles: [0, 28, 35, 6, 29, 0, 0, 0, 0, 0] },
  ]);
});

test('what is true of a delivery is 1', () => {
  const flags = {
    dead: true, maybe_duplicate: true, observed: true, ledger_was_down: true, commit_failed: true,
  };
  assert.deepEqual(points_of({ ...record, ...flags, dead: false })[0].doubles.slice(5),
    [0, 1, 1, 1, 1]);
  assert.deepEqual(points_of({ ...record, ...flags })[0].doubles.slice(5), [1, 1, 1, 1, 1]);
});

test('an event that is given up after runs that failed inside the gate has a point too', () => {
  assert.deepEqual(points_of({ source: 'slack', verdict: 'failed', reason: 'gate_failed' }), [
    {
      indexes: ['slack'], blobs: ['failed', 'gate_failed', ''],
      doubles: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    },
  ]);
});

test('an index is no longer than the data set takes', () => {
  assert.equal(points_of({ ...record, source: 'x'.repeat(200) })[0].indexes[0].length, 96);
});

test('a data set that fails, and a record that is none, cost nothing', () => {
  const analytics = {
    writeDataPoint() {
      throw new Error('no');
    },
  };
  assert.equal(report_of(ended(record), { analytics }).length, 1);
  assert.deepEqual(report_of({ record: 'x', failure: null }, { analytics }), ['x']);
});

test('a failure is a line without a point, and a run with nothing to do is none', () => {
  const analytics = { writeDataPoint: () => assert.fail('there is nothing to count') };
  const failure = new RangeError('too much');
  assert.deepEqual(report_of({ record: null, failure }, { analytics }),
    ['{"failure":"RangeError","message":"too much","restarts":3}']);
  assert.deepEqual(report_of({ record: null, failure: null }, { analytics }), []);
});
