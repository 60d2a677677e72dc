-- Why deliveries were not let through, by source, over a day.
SELECT
  index1 AS source,
  blob2 AS reason,
  double1 AS status,
  SUM(_sample_interval) AS deliveries
FROM postern
WHERE timestamp > NOW() - INTERVAL '1' DAY AND blob2 != ''
GROUP BY source, reason, status
ORDER BY deliveries DESC
