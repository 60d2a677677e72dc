-- How long senders waited for their answer, and for what, by source, over a day. In milliseconds.
SELECT
  index1 AS source,
  quantileExactWeighted(0.5)(double2, _sample_interval) AS answer_ms_p50,
  quantileExactWeighted(0.99)(double2, _sample_interval) AS answer_ms_p99,
  quantileExactWeighted(0.99)(double4, _sample_interval) AS origin_ms_p99,
  quantileExactWeighted(0.99)(double5, _sample_interval) AS ledger_ms_p99
FROM postern
WHERE timestamp > NOW() - INTERVAL '1' DAY AND blob1 = 'forwarded'
GROUP BY source
ORDER BY answer_ms_p99 DESC
