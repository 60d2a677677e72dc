-- Events that an origin may have seen before, and those whose outcome was not kept, by source.
SELECT
  index1 AS source,
  SUM(double7 * _sample_interval) AS maybe_duplicate,
  SUM(double10 * _sample_interval) AS commit_failed,
  SUM(double9 * _sample_interval) AS ledger_was_down
FROM postern
WHERE timestamp > NOW() - INTERVAL '1' DAY
GROUP BY source
HAVING maybe_duplicate + commit_failed + ledger_was_down > 0
ORDER BY maybe_duplicate DESC
