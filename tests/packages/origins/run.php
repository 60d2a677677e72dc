<?php

// Reads requests, a line each, and prints what verify_forward.php says of them: origins_test.mjs.

require $argv[1] . '/verify_forward.php';

while (($line = fgets(STDIN)) !== false) {
    $parts = explode("\t", rtrim($line, "\n"));
    [$method, $url, $now, $secrets, $body] = $parts;
    $headers = [];
    foreach (array_slice($parts, 5) as $header) {
        [$name, $value] = explode('=', $header, 2);
        $headers[$name] = base64_decode($value);
    }
    $event = Postern\verify_forward(
        method: $method,
        url: $url,
        headers: $headers,
        body: base64_decode($body),
        secrets: explode(' ', $secrets),
        now_seconds: (int) $now,
    );
    echo $event === null ? 'refused' : implode("\t", [
        $event['key'], $event['content_key'], $event['attempt'],
        $event['maybe_duplicate'] ? 'true' : 'false', $event['source'], $event['type'],
        $event['id'], $event['proof'],
    ]), "\n";
}
