"""What an origin checks of a request before it believes it: that Postern signed it, for this
address, and not long ago. Python's own library. docs/ORIGIN.md says the same in words."""

import base64
import binascii
import hashlib
import hmac
import re

# How far the clocks of gate and origin may be apart.
TOLERANCE_SECONDS = 300

# The gate's own fields, in the order in which it signs them; the last has no line when absent.
FIELDS = (
    "postern-source", "postern-event", "postern-id", "postern-key", "postern-content-key",
    "postern-attempt", "postern-maybe-duplicate", "postern-proof", "postern-verdict",
    "postern-reason", "postern-tenant",
)


def verify_forward(*, method, url, headers, body, secrets, now_seconds):
    """The event of a forward as a dict, or None for a request that is not from the gate.

    `url` is the destination as the policy has it, with the query of the request where its sender
    signs one; never what a header says of it. `headers` has names in lower case, `body` the bytes
    as they came, `secrets` the values of `sign_forwards`: one, or two while it is rotated.
    """
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not re.fullmatch(r"[0-9a-f]{64}", event_id) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return None
    if abs(now_seconds - int(timestamp)) > TOLERANCE_SECONDS or _has_other_fields(headers):
        return None
    values = [headers.get(name, "") for name in FIELDS]
    signed = values if values[-1] else values[:-1]
    if not any(_is_signed(_key_of(secret), method, url, event_id, timestamp, body, headers, signed)
               for secret in secrets):
        return None
    source, kind, sender_id, key, content_key, attempt, maybe_duplicate, proof, _, _, tenant = values
    return {
        "key": key, "content_key": content_key, "attempt": int(attempt or 0),
        "maybe_duplicate": maybe_duplicate == "true", "source": source, "type": kind,
        "id": sender_id, "proof": proof, "tenant": tenant,
    }


def _is_signed(key, method, url, event_id, timestamp, body, headers, values):
    of_body = _sign(key, f"{event_id}.{timestamp}.".encode() + body)
    lines = ["postern-forward-1", method, url, event_id, timestamp, of_body, *values]
    of_fields = _sign(key, "".join(f"{line}\n" for line in lines).encode())
    return (len(key) >= 24 and _holds(headers.get("webhook-signature", ""), of_body)
            and _holds(headers.get("postern-signature", ""), of_fields))


def _has_other_fields(headers):
    """Whether there is a `postern-` header as the gate never sends one: unsigned, or empty."""
    return any(name.startswith("postern-") and name != "postern-signature"
               and (value == "" or name not in FIELDS) for name, value in headers.items())


def _key_of(secret):
    """The bytes of a secret; none for a text that is no secret, by which nothing is believed."""
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _sign(key, text):
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _holds(header, mac):
    """Whether one of the signatures in a header is `mac`. Compares in constant time."""
    return any(hmac.compare_digest(one.encode(), f"v1,{mac}".encode()) for one in header.split(" "))
