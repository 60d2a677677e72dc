-- A source that had deliveries in the last week has had none for a day: its hook is gone, or off.
SELECT
  index1 AS source,
  toUInt32(NOW()) - toUInt32(MAX(timestamp)) AS silent_s
FROM postern
WHERE timestamp > NOW() - INTERVAL '7' DAY AND index1 != ''
GROUP BY source
HAVING silent_s > 86400
