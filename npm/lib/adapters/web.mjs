import { is_forwarded_https } from './connection.mjs';

const parsed = (name, cure) => `${name}: the body of this request was read before the gate got ` +
  `it. What is signed is its bytes: ${cure}`;

/**
 * Hands a request of Fetch to the gate. A body that a parser has taken is a program's mistake.
 * Where `is_encrypted` is undefined, the connection is what the scheme of the address says.
 */
export async function handle_web(
  hooks, request, { name, cure, https, is_encrypted, client_address = '' }, wait_until) {
  if (typeof request?.headers?.forEach !== 'function' || typeof request.url !== 'string') {
    hooks.tell(`${name}: this is no Request of Fetch. What node:http, Express and Nest hand over ` +
      'goes to node(hooks) of postern/node.');
    return new Response(null, { status: 500 });
  }
  if (request.bodyUsed) {
    hooks.tell(parsed(name, cure));
    return new Response(null, { status: 500 });
  }
  const connection = {
    https: https === 'connection'
      ? is_encrypted : is_forwarded_https(request.headers.get('x-forwarded-proto')),
    client_address,
  };
  return hooks.handle(request, connection, wait_until);
}
