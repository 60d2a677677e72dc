-- What became of deliveries, by five minutes, over a day.
SELECT
  toStartOfFiveMinutes(timestamp) AS time,
  blob1 AS verdict,
  SUM(_sample_interval) AS deliveries
FROM postern
WHERE timestamp > NOW() - INTERVAL '1' DAY
GROUP BY time, verdict
ORDER BY time
