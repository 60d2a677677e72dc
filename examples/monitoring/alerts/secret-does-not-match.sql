-- Most of what a source gets is refused for its signature: another secret stands at the sender.
SELECT
  index1 AS source,
  sumIf(_sample_interval, blob2 = 'bad_signature') AS bad_signatures
FROM postern
WHERE timestamp > NOW() - INTERVAL '15' MINUTE AND index1 != ''
GROUP BY source
HAVING bad_signatures >= 10 AND bad_signatures * 2 > SUM(_sample_interval)
