// What stands in a policy, as in postern.toml, with the same keys: docs/POLICY.md.

/** A time with its unit: `250ms`, `8s`, `5m`, `3h`, `7d`. */
export type Duration = string;

/** Where events are forwarded to, and how. */
export interface SignedDestination {
  /** An absolute https URL, or `env:NAME`. */
  url: string;
  /** The secret by which its forwards are signed, in place of the gate's; two while it rotates. */
  sign_forwards?: string | undefined | readonly (string | undefined)[];
}

/**
 * What a sender reads with 200 for a duplicate, for an event that was queued, and for one whose
 * handler returned nothing.
 */
export interface Acknowledgement {
  /** At most 1024 bytes. */
  body: string;
  /** A media type without parameters, such as `text/plain`. */
  type?: string;
}

/** When queue mode tries again, and for how long. */
export interface Retry {
  /** How the waits grow, `exponential` by default; or up to 32 waits, the last of which stays. */
  schedule?: 'exponential' | 'fibonacci' | 'fixed' | readonly Duration[];
  /** The first wait, `10s` by default. Not beside a list. */
  first?: Duration;
  /** No wait is longer; `1h` by default. Not beside `fixed` or a list. */
  longest?: Duration;
  /** Runs in all, 1 to 90, 20 by default. After the last one the event is in `hooks.dead()`. */
  attempts?: number;
  /** No attempt begins later than this after the delivery came: `3d` by default, `30d` at most. */
  horizon?: Duration;
  /** By how much a wait may be shortened, at random: `20%` by default. */
  jitter?: string;
}

/** How many deliveries come in. */
export interface RateLimit {
  /** 1 to 1 000 000 per period. */
  requests: number;
  /** `1s`, `10s`, `60s`, `10m` or `1h`. */
  per: Duration;
  /** `address`: each address, before anything is verified. `source`: all genuine deliveries. */
  by: 'address' | 'source';
}

/** As `[gate]` of postern.toml, with the same keys: docs/POLICY.md. */
export interface GateTable {
  /** Most bytes of a body of a source that says nothing itself: `1MiB` by default. */
  max_body?: string;
  /** Plain HTTP gets 403, which is the default. For local work there is `development`. */
  require_https?: boolean;
  /**
   * The secret by which forwards to origins are signed, or two while it is rotated; a value or
   * `env:NAME`. While it is not set nothing is forwarded.
   */
  sign_forwards?: string | undefined | readonly (string | undefined)[];
  /** Lets destinations be plain http, loopback, private or link-local. */
  allow_private_origins?: boolean;
  /** There is one. */
  store?: 'durable-object';
}
