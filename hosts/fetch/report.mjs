// What is told of each delivery: a line of log, and a data point where a data set is bound.

/** The longest index that the data set takes, in bytes. */
const index_bytes_max = 96;

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
    const { source = '', verdict, reason, provider = '', status = 0, host } = JSON.parse(record);
    // What failed inside the gate and is given up has no durations.
    const { answer_ms = 0, total_ms = 0, origin_ms = 0, ledger_ms = 0 } = host ?? {};
    analytics.writeDataPoint({
      indexes: [source.slice(0, index_bytes_max)],
      blobs: [verdict, reason, provider],
      doubles: [status, answer_ms, total_ms, origin_ms, ledger_ms],
    });
  } catch {
    // The record is in the log.
  }
}
