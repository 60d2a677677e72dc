// What is told of each delivery: a line of log, and a data point where a data set is bound.

/** The longest index that the data set takes, in bytes. */
const index_bytes_max = 96;

/**
 * The fields of a record that its data point holds: `index1`, `blob1`, `double1` are the first.
 * What is true is 1. An event that was given up because the gate failed has no durations.
 */
export const point_fields = {
  indexes: ['source'],
  blobs: ['verdict', 'reason', 'provider'],
  doubles: [
    'status', 'answer_ms', 'total_ms', 'origin_ms', 'ledger_ms', 'dead', 'maybe_duplicate',
    'observed', 'ledger_was_down', 'commit_failed',
  ],
};

/**
 * `report` sees the end of every delivery, `{ record, failure }`: the core's record, or why there
 * is none. A run with neither had nothing to do. `analytics` is a data set or undefined.
 */
export function make_report({ module, log, analytics }) {
  return function report({ record, failure }) {
    if (failure !== null) {
      const { name, message } = failure;
      log(JSON.stringify({ failure: name, message, restarts: module.restarts }));
    } else if (record !== null) {
      log(record);
      if (analytics !== undefined) {
        count(analytics, record);
      }
    }
  };
}

/** A count that fails must not cost a delivery. */
function count(analytics, record) {
  try {
    const { host, ...said } = JSON.parse(record);
    const fields = { ...said, ...host };
    analytics.writeDataPoint({
      indexes: point_fields.indexes.map((name) => (fields[name] ?? '').slice(0, index_bytes_max)),
      blobs: point_fields.blobs.map((name) => fields[name] ?? ''),
      doubles: point_fields.doubles.map((name) => Number(fields[name] ?? 0)),
    });
  } catch {
    // The record is in the log.
  }
}
