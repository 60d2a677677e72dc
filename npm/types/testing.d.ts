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
