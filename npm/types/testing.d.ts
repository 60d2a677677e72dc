import type { Provider } from './index.js';

export interface SignOptions {
  /** What the receiver has: a shared secret, a token, `user:password`. */
  readonly secret?: string | undefined;
  /**
   * What signs, where the receiver has a public key: a private key in PEM, or an Ed25519 seed in hex
   * or as `whsk_` and base64.
   */
  readonly key?: string | undefined;
  /** When it is signed: a date, or unix milliseconds. Default: now. */
  readonly at?: Date | number | undefined;
  /** The event's type, put where the provider has it: into a header, or into the body's JSON. */
  readonly type?: string | undefined;
  /** The delivery's id, where the provider signs one. Default: one made of the body. */
  readonly id?: string | undefined;
  /** The request's address; senders that sign the address they were given need it. */
  readonly url?: string | URL | undefined;
  /** Default: POST. */
  readonly method?: string | undefined;
  /** Other headers to send. `content-type` is that of JSON or of a form, where the body is one. */
  readonly headers?: HeadersInit | undefined;
}

/**
 * A delivery as `provider` sends it, for an app's own tests: what `verify` takes for genuine, and
 * so does the provider's own library. `body` is sent as it is, or as JSON where it is an object.
 *
 * Throws a TypeError, which names what is wrong and what to do, for a provider that is not there, a
 * secret in another form than the provider's, a delivery that nobody but the provider can sign, and
 * an option that changes nothing of what this provider sends.
 */
export declare function sign(
  provider: string | Provider,
  body: string | ArrayBuffer | ArrayBufferView | object,
  options: SignOptions,
): Promise<Request>;

/** A case of the corpus: deliveries to one source, and what must come of each. */
export interface Fixture {
  /** `PROVIDER/CASE`, unlike any other. */
  readonly name: string;
  /** Null where the source has a scheme of its own: `source.scheme`. */
  readonly provider: string | null;
  /** The file that it stands in, or is derived from. */
  readonly file: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
  /** Those that the receiver has. Test values: anybody can read them. */
  readonly secrets: readonly string[];
  /** The address that the sender was given, for a scheme that signs it: `options.url` of `verify`. */
  readonly url: string | null;
  /** As `[source]` and `[gate]` of docs/FIXTURES.md: keys that a gate's object has too. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly gate: Readonly<Record<string, unknown>>;
  /** What a key's address gives, for a sender whose key is fetched. */
  readonly fetch: ReadonlyMap<string, Uint8Array>;
  /** In order: a ledger lives through all of them. */
  readonly steps: readonly FixtureStep[];
}

export interface FixtureStep {
  /** What the receiver's clock says. Real time makes every signed one of them stale. */
  readonly at: Date;
  /** How many copies come; 0: only time passes. */
  readonly copies: number;
  /** Whether the copies come at once, and not one after the other. */
  readonly together: boolean;
  /**
   * What goes on besides that only a scripted world can do: an `origin` that answers in its own way,
   * `stores` (ledger, queue, rate limit) that fail. Empty: the delivery is all.
   */
  readonly scripted: readonly ('origin' | 'stores')[];
  /** Where the sender is, if the case is about that. */
  readonly clientAddress: string | null;
  /** What a gate makes of it, as `expect` of docs/FIXTURES.md: any of these, and others. */
  readonly expected: {
    readonly verdict?: string;
    readonly reason?: string;
    readonly status?: number;
    readonly event_type?: string;
    readonly event_key?: string;
    readonly [field: string]: unknown;
  };
  /**
   * The delivery, a new request each time, to `url` (`https://app.example` and the source's path by
   * default) with the delivery's query. Throws a TypeError where `copies` is 0, and for what Fetch
   * has no request for: a GET with a body.
   */
  request(url?: string): Request;
}

export interface FixturesOptions {
  /** Those of one provider: how it signs, and what every provider must get right. */
  readonly provider?: string | undefined;
  /** A folder of your own, in place of the corpus that came along: docs/FIXTURES.md has the form. */
  readonly folder?: string | undefined;
  /** Only those whose file's path holds this text, such as `derived/`. */
  readonly filter?: string | undefined;
}

/**
 * The corpus that a gate is held to, for any test runner. Throws for a provider that is not there,
 * a fixture that cannot be read, and when nothing is left.
 */
export declare function fixtures(options?: FixturesOptions): Fixture[];
