-- Answers come so late that senders give up: many of them wait for five to ten seconds.
SELECT
  index1 AS source,
  quantileExactWeighted(0.99)(double2, _sample_interval) AS answer_ms_p99
FROM postern
WHERE timestamp > NOW() - INTERVAL '15' MINUTE AND blob1 = 'forwarded'
GROUP BY source
HAVING answer_ms_p99 > 4000
