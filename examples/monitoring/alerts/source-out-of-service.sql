-- A source answers 503 to every delivery: one of its values is missing or cannot be used.
SELECT
  index1 AS source,
  SUM(_sample_interval) AS deliveries
FROM postern
WHERE timestamp > NOW() - INTERVAL '15' MINUTE AND blob2 = 'source_unavailable'
GROUP BY source
