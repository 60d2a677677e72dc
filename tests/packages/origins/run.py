# Reads requests, a line each, and prints what verify_forward.py says of them: origins_test.mjs.

import base64
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from verify_forward import verify_forward  # noqa: E402

for line in sys.stdin:
    method, url, now, secrets, body, *headers = line.rstrip("\n").split("\t")
    pairs = [header.split("=", 1) for header in headers]
    event = verify_forward(
        method=method, url=url, now_seconds=int(now), secrets=secrets.split(" "),
        body=base64.b64decode(body),
        headers={name: base64.b64decode(value).decode("latin-1") for name, value in pairs},
    )
    print("refused" if event is None else "\t".join([
        event["key"], event["content_key"], str(event["attempt"]),
        str(event["maybe_duplicate"]).lower(), event["source"], event["type"], event["id"],
        event["proof"],
    ]))
