// A delivery that is genuine, as an application gets it.

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** See `DeliveredEvent` in types/index.d.ts. */
export class DeliveredEvent {
  #delivery;
  #json;

  /** `headers` are those of the forward, `record` the decision record or what is known of it. */
  constructor({ headers, record, delivery, signal }) {
    const fields = new Map(headers);
    this.#delivery = delivery;
    this.source = record.source;
    this.provider = record.provider ?? '';
    this.tenant = fields.get('postern-tenant') ?? null;
    this.id = fields.get('postern-id') ?? null;
    this.type = fields.get('postern-event') ?? null;
    this.key = fields.get('postern-key');
    this.proof = fields.get('postern-proof') ?? null;
    this.attempt = fields.get('postern-attempt') ?? '0';
    this.maybeDuplicate = fields.get('postern-maybe-duplicate') === 'true';
    this.headers = new Headers(headers.filter(([name]) => !name.startsWith('postern-')));
    if (signal !== undefined) {
      this.signal = signal;
    }
  }

  /** The body as it was signed. */
  get bytes() {
    return this.#delivery.body;
  }

  /** Throws a TypeError for what is no UTF-8. */
  text() {
    return decoder.decode(this.bytes);
  }

  /**
   * The body as JSON. With a schema of https://standardschema.dev, what that makes of it, as a
   * promise; a body that does not fit rejects with its issues.
   */
  json(schema) {
    this.#json ??= JSON.parse(this.text());
    return schema === undefined ? this.#json : validated(schema, this.#json);
  }
}

async function validated(schema, value) {
  if (typeof schema?.['~standard']?.validate !== 'function') {
    throw new TypeError('event.json takes nothing, or a schema of https://standardschema.dev, ' +
      'such as one of zod, valibot or arktype.');
  }
  const result = await schema['~standard'].validate(value);
  if (result.issues !== undefined) {
    const said = result.issues.map(({ message, path = [] }) =>
      `${path.map((part) => part.key ?? part).join('.') || 'the body'}: ${message}`);
    throw Object.assign(new TypeError(`The event does not fit its schema: ${said.join('; ')}`),
      { issues: result.issues });
  }
  return result.value;
}
