<?php

// A page of plain PHP behind the gate. In Laravel or Symfony the bytes are $request->getContent().

declare(strict_types=1);

require __DIR__ . '/verify_forward.php';

// $_SERVER has HTTP_POSTERN_KEY for `postern-key`.
$headers = [];
foreach ($_SERVER as $name => $value) {
    if (str_starts_with($name, 'HTTP_')) {
        $headers[strtolower(strtr(substr($name, 5), '_', '-'))] = $value;
    }
}
// The bytes; $_POST is what a parser made of them. Of multipart/form-data there are none here.
$body = file_get_contents('php://input');

$event = Postern\verify_forward(
    method: $_SERVER['REQUEST_METHOD'],
    url: getenv('POSTERN_DESTINATION'),  // as `to` of the policy has it
    headers: $headers,
    body: $body,
    secrets: explode(' ', getenv('POSTERN_SECRETS')),
    now_seconds: time(),
);
if ($event === null) {
    http_response_code(401);
    exit;
}

// The work, in one transaction with $event['key'] in a column that is unique.
header('content-type: text/plain');
echo "{$event['source']} {$event['type']}";
