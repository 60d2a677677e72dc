// How an adapter knows that a delivery came over https, and from where.

/** `connection`: the one that came here. `x-forwarded-proto`: by a proxy that sets it always. */
const ways = ['connection', 'x-forwarded-proto'];

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
export const address_of = ({ remoteAddress }) =>
  (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
