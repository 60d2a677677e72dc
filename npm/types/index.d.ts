import type {
  Acknowledgement, Duration, GateTable, RateLimit, Retry, SignedDestination,
} from './policy.d.ts';
import type { Reason } from './reasons.d.ts';

export type {
  Acknowledgement, Duration, GateTable, RateLimit, Reason, Retry, SignedDestination,
};

/** A sender's rules: what `postern/providers/NAME` exports. */
export interface Provider {
  readonly slug: string;
  /** Whether it signs the address that it was given, so that `options.url` is needed. */
  readonly needs_url: boolean;
  /** Names of what it leaves to whoever uses it: keys of `options.parameters`. */
  readonly parameters: readonly string[];
  /** Its rules, for a gate whose `sources` name it. */
  readonly files: Readonly<Record<string, string>>;
  /** The same, compiled, for `verify`. */
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
  /** Whose secrets verified it, where a gate's source has a function for them; else null. */
  readonly tenant: string | null;
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
  /**
   * What the sender's handshake asks for, or wants to be told, such as the verify token that you
   * made up and typed in there: `{ verify_token: process.env.META_VERIFY_TOKEN }`. Without it the
   * handshake is refused.
   */
  parameters?: Readonly<Record<string, string | undefined>>;
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
  /** Its platform, where that is not a process. */
  readonly host?: 'cloudflare';
  /** The gate with this ledger behind it: for `gate()`. */
  make_gate(parts: object): object;
}

/**
 * What is done with an event. Nothing commits it, and the sender gets its acknowledgement; a
 * `Response` is taken as an origin's answer; a throw is 503, and the next run has `maybeDuplicate`.
 * At least once: an event can come again, so do the work in one transaction with `event.key`.
 */
export type Handler = (event: DeliveredEvent) => void | Response | Promise<void | Response>;

/** An address (`https://…`, `env:NAME`) or `handler:NAME`, alone or with what else it can have. */
export type Destination = string | SignedDestination;

/** As `[[sources.NAME.routes]]` of postern.toml, with the same keys: docs/POLICY.md. */
export interface Route {
  /** Globs of event types; the first route that matches wins. Left out: all. */
  events?: readonly string[];
  /** JSON pointers into the body, and the values one of which must stand there. */
  when?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  /** A handler, a destination, or several destinations in queue mode. Or `answer`. */
  to?: Handler | Destination | readonly Destination[];
  /** A status from 200 to 299: accept and drop, without asking the ledger. In place of `to`. */
  answer?: number;
  /** `proxy`, the default: while the sender waits. `queue`: kept, answered, tried until done. */
  deliver?: 'proxy' | 'queue';
  /** Queue mode only. */
  retry?: Retry;
  /**
   * How long a handler or an origin has; `2m` at most. `8s` by default, or less where the sender
   * does not wait so long; `30s` in queue mode.
   */
  timeout?: Duration;
  /** How long an event is held while it is worked on: `timeout` and 5 s by default, `10m` at most. */
  lease?: Duration;
}

/** What is known of a delivery before anything of it is verified: whatever a stranger sent. */
export interface UnverifiedRequest {
  readonly method: string;
  /** As it came, never decoded or normalised. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly headers: Headers;
  /** Aborts when the time for an answer is over, after three seconds. */
  readonly signal: AbortSignal;
}

/** Whose delivery it is, and under which secrets it may be signed. */
export interface Tenant {
  /** 1 to 128 characters of visible ASCII. Part of `event.key`, so let it be one that stays. */
  readonly tenant: string;
  /** One to eight texts, of which any may match. */
  readonly secrets: string | readonly string[];
}

/**
 * Says whose a delivery is. Nothing (null) is a tenant whom nobody knows, and is refused as a wrong
 * signature is. A throw, or no answer in three seconds, is 503. Called for each delivery, also for
 * what strangers make up, 100 at once for a source at most: look it up where that is cheap.
 */
export type Secrets = (request: UnverifiedRequest) =>
  Tenant | null | undefined | Promise<Tenant | null | undefined>;

/** As `[sources.NAME]` of postern.toml, with the same keys: docs/POLICY.md. */
export interface Source {
  /**
   * Where the sender delivers, such as `/hooks/stripe`: compared byte for byte. Behind its last
   * slash may stand a star, for whatever comes there.
   */
  path: string;
  /**
   * Its name in the catalogue, as `npx postern providers` lists them, or what
   * `postern/providers/NAME` exports, which a bundle needs. Or `scheme`.
   */
  provider?: string | Provider;
  /** A sender's rules of your own, in the grammar of docs/ADDING_A_PROVIDER.md. */
  scheme?: Readonly<Record<string, unknown>>;
  /**
   * A value, or `env:NAME`, or up to eight of them, of which any may match: that is how a secret is
   * rotated. While one is not set the gate says so when it is made, and this source answers 503.
   * Or a function, which says for each delivery whose it is.
   */
  secrets: string | undefined | readonly (string | undefined)[] | Secrets;
  /** Where events go; the first that matches. */
  routes: readonly Route[];
  /** The address that the sender was given, or `env:NAME`, for a scheme that signs it. */
  url?: string;
  /**
   * What the sender's handshake asks for, or wants to be told, such as a verify token: values, or
   * `env:NAME`, by the names that `npx postern providers NAME` shows.
   */
  parameters?: Readonly<Record<string, string | undefined>>;
  /** Those that it takes, the provider's by default; others get 405. */
  methods?: readonly ('POST' | 'GET' | 'PUT')[];
  /** Most bytes of a body, such as `1MiB`, which is the default; `25MiB` at most. Above it 413. */
  max_body?: string;
  /** How old a signed time may be; the provider's by default, `7d` at most. */
  max_age?: Duration;
  /** How far ahead of our clock a signed time may be; the provider's by default. */
  max_future?: Duration;
  /** What tells two events apart, where the provider's own choice is not it: docs/POLICY.md. */
  identity?: string | readonly string[];
  /** What the same content under another unsigned type or delivery id is: docs/DUPLICATES.md. */
  on_same_content?: 'absorb' | 'mark' | 'refuse';
  /** Accepts that bytes which nobody signed decide: a type, an identity, a filter. */
  insecure?: boolean;
  /** Says that you know what the sender's signature leaves open. */
  accept_proof?: 'weak' | 'partial' | 'token';
  /** Says that you know that nothing confirms the one source of how this sender signs. */
  accept_confidence?: 'one-source';
  /** Up to 64 exact event types; others get 400. Left out: all. */
  allow_events?: readonly string[];
  /** Up to 32 headers that go on to an origin, or to the handler, besides the provider's own. */
  forward_headers?: readonly string[];
  /** How long a done event is remembered: `7d` by default, `366d` at most. */
  retain?: Duration;
  /** What becomes of deliveries while the ledger cannot be asked: docs/POLICY.md. */
  on_ledger_down?: 'closed' | 'open' | 'queue';
  /** The only addresses that are let in, `192.0.2.1` or `10.0.0.0/8`; others get 403. */
  allow_addresses?: readonly string[];
  /** 429 above it. */
  rate_limit?: RateLimit;
  /** What the sender reads with 200 for a duplicate, or an event that was queued. */
  acknowledge?: Acknowledgement;
  /** How long a copy waits for the first one's outcome before it gets 503: `2s` by default. */
  busy_wait?: Duration;
  /** Over how many Durable Objects its ledger is spread. Nothing to a gate in one process. */
  shards?: number;
  /** `observe` lets everything through and records what it would have done. */
  mode?: 'enforce' | 'observe';
}

/** A policy as an object: what a postern.toml says, and what an application adds. */
export interface GateOptions {
  /** Of the policy's grammar. There is one. */
  version?: 1;
  /** Who sends, by names of your own: lower case letters, digits, `-` and `_`. */
  sources: Readonly<Record<string, Source>>;
  /** What all sources have in common. */
  gate?: GateTable;
  /** What a route's `to: 'handler:NAME'` stands for: a name stays when routes move. */
  handlers?: Readonly<Record<string, Handler>>;
  /** By which a duplicate is known: `sqlite('postern.db')` of `postern/ledger/sqlite`, say. */
  ledger: LedgerStore;
  /** Lets plain HTTP in and private destinations be. For a machine of one's own. */
  development?: boolean;
  /** Where `env:NAME` is looked up; the process's environment by default, a Worker's on Workers. */
  env?: Readonly<Record<string, string | undefined>>;
  /** For `fetch`: how https is known. `x-forwarded-proto` behind a proxy that sets it always. */
  https?: 'connection' | 'x-forwarded-proto';
}

/** A gate with a policy that `postern build` made: `postern/gate` takes it without a compiler. */
export interface CompiledGateOptions {
  /** What `postern build` or `postern compile` wrote. */
  policy: Uint8Array;
  /** What `to = "handler:NAME"` of the policy stands for. One that is missing throws. */
  handlers?: Readonly<Record<string, Handler>>;
  /** For each source with `secrets = "per-tenant"`, by its name. */
  secrets?: Readonly<Record<string, Secrets>>;
  /** By which a duplicate is known: `sqlite('postern.db')` of `postern/ledger/sqlite`, say. */
  ledger: LedgerStore;
  /** Where `env:NAME` is looked up; the process's environment by default. */
  env?: Readonly<Record<string, string | undefined>>;
  /** For `fetch`: how https is known. `x-forwarded-proto` behind a proxy that sets it always. */
  https?: 'connection' | 'x-forwarded-proto';
}

/** What became of a delivery: docs/RUNNING.md has every field. */
export interface DecisionRecord {
  /** When it was over, as of ISO 8601. */
  readonly time: string;
  /** The reference that the sender got as `postern-delivery`. */
  readonly delivery: string;
  /** None where no source has its path. */
  readonly source?: string;
  readonly provider?: string;
  /** Whom a source's function has named; none for one that nobody knows. */
  readonly tenant?: string;
  readonly verdict: 'forwarded' | 'duplicate' | 'busy' | 'refused' | 'handshake' | 'accepted' |
    'unrouted' | 'failed';
  /** Empty where there is nothing to explain. Never part of an answer. */
  readonly reason: Reason | '';
  /** What the sender got; 0 where nobody was there to answer, as in a run of queue mode. */
  readonly status: number;
  /** `event.key`. Of what is genuine only, as all that follows. */
  readonly event_key?: string;
  readonly event_type?: string;
  /** Whether the handler or the origin was told that it may have seen the event before. */
  readonly maybe_duplicate?: boolean;
  /** Queue mode has given it up: `hooks.dead()` lists it. */
  readonly dead?: boolean;
  /** What the handler threw, where the reason is `handler_threw`. */
  readonly handler_error?: string;
  readonly [field: string]: unknown;
}

/** An event that queue mode has given up. */
export interface DeadEvent {
  /** `event.key`, for `hooks.redrive(key)`. */
  readonly key: string;
  readonly receivedAt: Date;
  readonly bodyBytes: number;
}

/** What `gate()` gives: mount `fetch`, or hand it to an adapter of a framework. */
export interface Gate {
  /**
   * Never rejects. `context.waitUntil`, where there is one, hears of what is behind an answer. The
   * client's address, for `allow_addresses` and rate limits by address, is known by what Deno and
   * Bun hand over as their second argument, and by what srvx has as `request.ip`.
   */
  fetch(
    request: Request, env?: unknown,
    context?: { waitUntil?(promise: Promise<unknown>): void }): Promise<Response>;
  /** On Workers: consumes the queue `DELIVERIES`, by which queue mode is driven. */
  readonly queue?: (
    batch: object, env: unknown,
    context: { waitUntil(promise: Promise<unknown>): void }) => Promise<void>;
  /** Hears of every delivery's end. Gives a function that ends it. */
  on(what: 'record', listener: (record: DecisionRecord) => void): () => void;
  /** Hears of what fails inside: a handler, a store. Without a listener, console.error does. */
  on(what: 'failure', listener: (text: string) => void): () => void;
  /** Whether it takes deliveries: it is not closing, and some source has all that it needs. */
  is_ready(): boolean;
  /** Runs what queue mode owes and is due. Timers do it by themselves where a process stays. */
  drive(): Promise<void>;
  /** What queue mode has given up: see the record's `dead`. */
  dead(): AsyncIterable<DeadEvent>;
  /** Tries one of them from the beginning, at once. False when it is not owed any more. */
  redrive(key: string): Promise<boolean>;
  /**
   * Ends timers, waits for what is under way, and closes the ledger. What is not done after `grace`
   * milliseconds is aborted, and its event is marked: the next run has `maybeDuplicate`. Without
   * it, it waits for as long as routes may take.
   */
  close(options?: { grace?: number }): Promise<void>;
}

/**
 * Throws a `PolicyError` for a policy that cannot be used, with the path of each mistake. It carries
 * the compiler of policies, some 190 KB in gzip in a bundle: `postern/gate` has the same without it,
 * for a policy that was compiled before.
 */
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
