import type { Reason } from './reasons.d.ts';

export type { Reason };

/** A sender's rules: what `postern/providers/NAME` exports. */
export interface Provider {
  readonly slug: string;
  /** Whether it signs the address that it was given, so that `options.url` is needed. */
  readonly needs_url: boolean;
  readonly policy: Uint8Array;
}

/** What a genuine delivery's signature proves. `signature`: all of the body. */
export type Proof = 'signature' | 'weak' | 'partial' | 'token';

/** https://standardschema.dev, as far as it is needed here. */
export interface Schema<Output> {
  readonly '~standard': {
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly object[] };

/** A delivery that is genuine. */
export interface DeliveredEvent {
  /** The source's name in a gate; the provider's in `verify`. */
  readonly source: string;
  /** Empty in a gate with a compiled policy. */
  readonly provider: string;
  /** The sender's own id of the event, where it signs one. */
  readonly id: string | null;
  /**
   * What kind of event it is, as the sender names it. A sender that signs the body alone and names
   * the type in a header has not signed it: whoever holds one genuine delivery can send it again
   * under another type, with the same `key`.
   */
  readonly type: string | null;
  /**
   * 64 hex digits, the same for every delivery of this event: what to keep in the transaction that
   * does the work, so that it is done once.
   */
  readonly key: string;
  readonly proof: Proof | null;
  /** The number of the lease, an unsigned 64-bit integer as text: it rises with each attempt. */
  readonly attempt: string;
  /** You may have seen this event before. */
  readonly maybeDuplicate: boolean;
  /** The body as it was signed. */
  readonly bytes: Uint8Array;
  /** The sender's, without those that hold a secret; of a gate's, those that go on to an origin. */
  readonly headers: Headers;
  /** Aborts at the route's time limit. Of a gate's handlers only. */
  readonly signal?: AbortSignal;
  text(): string;
  json(): unknown;
  json<Output>(schema: Schema<Output>): Promise<Output>;
}

export type Verified =
  | { readonly ok: true; readonly event: DeliveredEvent }
  /** The sender asks who is there: give it `reply`. */
  | {
    readonly ok: false;
    readonly reason: 'challenge';
    readonly status: number;
    readonly reply: Response;
  }
  | {
    readonly ok: false;
    readonly reason: Reason;
    /** What to answer: 401, 413, 503, … */
    readonly status: number;
    /** What it means and what to do. For your log, never for an answer. */
    readonly hint: string;
  };

export interface VerifyOptions {
  /** The address that the sender was given, for a scheme that signs it. Never the request's own. */
  url?: string;
  /** Most bytes of a body; 25 MiB at most, which is the default. */
  maxBody?: number;
  /** Unix time in milliseconds, for tests. */
  now?: () => number;
}

/**
 * Whether `request` is a genuine delivery of `provider` (a name, or an import of
 * `postern/providers/NAME`) under one of at most eight secrets. Reads the body, so verify first and
 * take `event.text()`. Remembers nothing: a delivery that is sent twice is genuine twice, so keep
 * `event.key`, or use a gate. Rejects with a TypeError for what the program has wrong (an empty
 * secret, an unknown provider, a body that was read before), never for what a stranger sent.
 */
export function verify(
  provider: string | Provider, request: Request, secret: string | readonly string[],
  options?: VerifyOptions): Promise<Verified>;

// ---- a gate -------------------------------------------------------------------------------------

/** Where the gate keeps which events it has seen: `postern/ledger/NAME`. */
export interface LedgerStore {
  readonly name: string;
  /** Whether what it keeps survives a restart. Queue mode needs it. */
  readonly is_durable: boolean;
  open(parts: { now: () => number; set_alarm: (at_ms: number) => void }): {
    readonly store: object;
    close(): void;
  };
}

/**
 * What is done with an event. Nothing commits it, and the sender gets its acknowledgement; a
 * `Response` is taken as an origin's answer; a throw is 503, and the next run has `maybeDuplicate`.
 * At least once: an event can come again, so do the work in one transaction with `event.key`.
 */
export type Handler = (event: DeliveredEvent) => void | Response | Promise<void | Response>;

/** An address (`https://…`, `env:NAME`), alone or with what a destination can have. */
export type Destination = string | Readonly<Record<string, unknown>>;

/** As `[[sources.NAME.routes]]` of postern.toml, with the same keys: docs/POLICY.md. */
export interface Route {
  /** Globs of event types, the first route that matches wins. Left out: all. */
  events?: readonly string[];
  /** A handler, a destination, or several destinations in queue mode. */
  to?: Handler | Destination | readonly Destination[];
  /** `proxy`, the default: while the sender waits. `queue`: kept, answered, tried until done. */
  deliver?: 'proxy' | 'queue';
  /** Such as `8s`. */
  timeout?: string;
  answer?: number;
  retry?: Readonly<Record<string, unknown>>;
  [key: string]: unknown;
}

/** As `[sources.NAME]` of postern.toml, with the same keys: docs/POLICY.md. */
export interface Source {
  path: string;
  provider?: string;
  scheme?: Readonly<Record<string, unknown>>;
  /**
   * A value, or `env:NAME`, or up to eight of them, of which any may match: that is how a secret is
   * rotated. While one is not set the gate says so when it is made, and this source answers 503.
   */
  secrets: string | undefined | readonly (string | undefined)[];
  routes: readonly Route[];
  /** The address that the sender was given, for a scheme that signs it. */
  url?: string;
  [key: string]: unknown;
}

export interface GateOptions {
  sources: Readonly<Record<string, Source>>;
  /** As `[gate]` of postern.toml. */
  gate?: Readonly<Record<string, unknown>>;
  ledger: LedgerStore;
  /** Lets plain HTTP in and private destinations be. For a machine of one's own. */
  development?: boolean;
  /** Where `env:NAME` is looked up; the process's environment by default. */
  env?: Readonly<Record<string, string | undefined>>;
  /** For `fetch`: how https is known. `x-forwarded-proto` behind a proxy that sets it always. */
  https?: 'connection' | 'x-forwarded-proto';
}

/** A gate with a policy that `postern compile` made: it needs no compiler at run time. */
export interface CompiledGateOptions {
  policy: Uint8Array;
  ledger: LedgerStore;
  env?: Readonly<Record<string, string | undefined>>;
  https?: 'connection' | 'x-forwarded-proto';
}

/** What became of a delivery: docs/RUNNING.md has every field. */
export interface DecisionRecord {
  readonly time: string;
  readonly delivery: string;
  readonly source?: string;
  readonly provider?: string;
  readonly verdict: 'forwarded' | 'duplicate' | 'busy' | 'refused' | 'handshake' | 'accepted' |
    'unrouted' | 'failed';
  readonly reason: Reason | '';
  readonly status: number;
  readonly event_key?: string;
  readonly event_type?: string;
  readonly [field: string]: unknown;
}

export interface Gate {
  /** Never rejects. `context.waitUntil`, where there is one, hears of what is behind an answer. */
  fetch(
    request: Request, env?: unknown,
    context?: { waitUntil?(promise: Promise<unknown>): void }): Promise<Response>;
  /** Hears of every delivery's end. Gives a function that ends it. */
  on(what: 'record', listener: (record: DecisionRecord) => void): () => void;
  /** Hears of what fails inside: a handler, a store. Without a listener, console.error does. */
  on(what: 'failure', listener: (text: string) => void): () => void;
  /** Whether it takes deliveries: it is not closing, and some source has all that it needs. */
  is_ready(): boolean;
  /** Runs what queue mode owes and is due. Timers do it by themselves where a process stays. */
  drive(): Promise<void>;
  /** What queue mode has given up: see the record's `dead`. */
  dead(): AsyncIterable<{ readonly key: string; readonly receivedAt: Date; readonly bodyBytes: number }>;
  /** Tries one of them from the beginning, at once. False when it is not owed any more. */
  redrive(key: string): Promise<boolean>;
  /**
   * Ends timers, waits for what is under way, and closes the ledger. What is not done after `grace`
   * milliseconds is aborted, and its event is marked: the next run has `maybeDuplicate`.
   */
  close(options?: { grace?: number }): Promise<void>;
}

/** Throws a `PolicyError` for a policy that cannot be used, with the path of each mistake. */
export function gate(options: GateOptions | CompiledGateOptions): Gate;

export class PolicyError extends TypeError {
  readonly diagnostics?: readonly {
    readonly severity: 'error' | 'warning';
    readonly code: string;
    /** Such as `sources.stripe.routes[0].to`. */
    readonly path: string;
    readonly message: string;
    readonly hint: string;
  }[];
}
