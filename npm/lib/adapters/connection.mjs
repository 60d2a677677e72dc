// How an adapter knows that a delivery came over https, and from where.

/** `connection`: the one that came here. `x-forwarded-proto`: by a proxy that sets it always. */
const ways = ['connection', 'x-forwarded-proto'];

/**
 * The options of the adapter `name`, `{ https }` and what `others` names, as they are. Throws a
 * TypeError for what is no gate, and for an option that would be left undone without a word.
 */
export function read_adapter(name, hooks, options = {}, others = []) {
  if (typeof hooks?.handle !== 'function') {
    throw new TypeError(`${name}() takes the gate, ${name}(hooks), which gate() gave.`);
  }
  const known = ['https', ...others];
  const unknown = typeof options === 'object' && options !== null
    ? Object.keys(options).find((key) => !known.includes(key)) : String(options);
  if (unknown !== undefined) {
    throw new TypeError(`${name}(hooks, { ${known.join(', ')} }) has no option ` +
      `${JSON.stringify(unknown)}.`);
  }
  return { ...options, https: read_https(options) };
}

export function read_https({ https = 'connection' } = {}) {
  if (!ways.includes(https)) {
    throw new TypeError(`https is '${ways.join("' or '")}', not ${JSON.stringify(https)}.`);
  }
  return https;
}

/** Several values of proxies in a row must all be https. */
export const is_forwarded_https = (value) =>
  (value ?? '').split(',').every((one) => one.trim().toLowerCase() === 'https');

/** Without what a socket of both families puts before an address of IPv4. */
export const address_of = ({ remoteAddress }) => plain_address(remoteAddress);

/**
 * Of whom a server of Fetch calls for: `request.ip` of srvx, `remoteAddr` of Deno's second
 * argument, `requestIP` of Bun's. Empty where none of them stands.
 */
export function address_of_fetch(request, second) {
  const of_bun = typeof second?.requestIP === 'function' ? second.requestIP(request) : null;
  return plain_address(of_bun?.address ?? second?.remoteAddr?.hostname ?? request?.ip);
}

const plain_address = (address) =>
  (typeof address === 'string' ? address.replace(/^::ffff:(?=\d+\.)/, '') : '');
