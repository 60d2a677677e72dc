-- The ledger did not answer: deliveries were refused, or let through unseen.
SELECT
  index1 AS source,
  sumIf(_sample_interval, blob2 = 'ledger_unavailable' OR double9 = 1) AS deliveries
FROM postern
WHERE timestamp > NOW() - INTERVAL '15' MINUTE
GROUP BY source
HAVING deliveries >= 5
