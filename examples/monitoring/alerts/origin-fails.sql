-- An origin is down, slow or refuses: at least a fifth of a source's deliveries failed.
SELECT
  index1 AS source,
  sumIf(_sample_interval, blob1 = 'failed') AS failures
FROM postern
WHERE timestamp > NOW() - INTERVAL '15' MINUTE AND (blob1 = 'forwarded' OR blob1 = 'failed')
GROUP BY source
HAVING failures >= 5 AND failures * 5 >= SUM(_sample_interval)
