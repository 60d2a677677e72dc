<?php

// What an origin checks of a request before it believes it: that Postern signed it, for this
// address, and not long ago. PHP's own functions. docs/ORIGIN.md says the same in words.

declare(strict_types=1);

namespace Postern;

/** How far the clocks of gate and origin may be apart. */
const TOLERANCE_SECONDS = 300;

/** The gate's own fields, in the order in which it signs them; the last has no line when absent. */
const FIELDS = [
    'postern-source', 'postern-event', 'postern-id', 'postern-key', 'postern-content-key',
    'postern-attempt', 'postern-maybe-duplicate', 'postern-proof', 'postern-verdict',
    'postern-reason', 'postern-tenant',
];

/**
 * The event of a forward as an array, or null for a request that is not from the gate. `attempt` is
 * a text: an unsigned number of 64 bits does not fit an int.
 *
 * `$url` is the destination as the policy has it, with the query of the request where its sender
 * signs one; never what a header says of it. `$headers` has names in lower case, `$body` the bytes
 * as they came, `$secrets` the values of `sign_forwards`: one, or two while it is rotated.
 */
function verify_forward(
    string $method,
    string $url,
    array $headers,
    string $body,
    array $secrets,
    int $now_seconds,
): ?array {
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!preg_match('/\A[0-9a-f]{64}\z/', $id) || !preg_match('/\A[0-9]{1,12}\z/', $timestamp)) {
        return null;
    }
    if (abs($now_seconds - (int) $timestamp) > TOLERANCE_SECONDS || has_other_fields($headers)) {
        return null;
    }
    $values = array_map(fn ($name) => $headers[$name] ?? '', FIELDS);
    $signed = $values[10] === '' ? array_slice($values, 0, 10) : $values;
    foreach ($secrets as $secret) {
        $key = key_of($secret);
        $of_body = sign($key, "$id.$timestamp.$body");
        $lines = ['postern-forward-1', $method, $url, $id, $timestamp, $of_body, ...$signed];
        $of_fields = sign($key, implode("\n", $lines) . "\n");
        if (strlen($key) >= 24 && holds($headers['webhook-signature'] ?? '', $of_body) &&
            holds($headers['postern-signature'] ?? '', $of_fields)) {
            [$source, $type, $sender_id, $key, $content_key, $attempt, $mark, $proof, , , $tenant] =
                $values;
            return [
                'key' => $key, 'content_key' => $content_key, 'attempt' => $attempt,
                'maybe_duplicate' => $mark === 'true', 'source' => $source, 'type' => $type,
                'id' => $sender_id, 'proof' => $proof, 'tenant' => $tenant,
            ];
        }
    }
    return null;
}

/** Whether there is a `postern-` header as the gate never sends one: unsigned, or empty. */
function has_other_fields(array $headers): bool
{
    foreach ($headers as $name => $value) {
        if (str_starts_with((string) $name, 'postern-') && $name !== 'postern-signature' &&
            ($value === '' || !in_array($name, FIELDS, true))) {
            return true;
        }
    }
    return false;
}

/** The bytes of a secret; none for a text that is no secret, by which nothing is believed. */
function key_of(string $secret): string
{
    $text = str_starts_with($secret, 'whsec_') ? substr($secret, 6) : $secret;
    return base64_decode($text, true) ?: '';
}

function sign(string $key, string $text): string
{
    return base64_encode(hash_hmac('sha256', $text, $key, true));
}

/** Whether one of the signatures in a header is `$mac`. Compares in constant time. */
function holds(string $header, string $mac): bool
{
    foreach (explode(' ', $header) as $one) {
        if (hash_equals("v1,$mac", $one)) {
            return true;
        }
    }
    return false;
}
