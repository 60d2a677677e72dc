-- An event was given up after its last attempt: somebody has to look, and to take it up again.
SELECT
  index1 AS source,
  SUM(double6 * _sample_interval) AS dead
FROM postern
WHERE timestamp > NOW() - INTERVAL '15' MINUTE AND double6 = 1
GROUP BY source
