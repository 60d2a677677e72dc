// Clocks stand still inside workerd, so a request says how often a delivery is to be verified, and
// whoever sends it takes the time of none off.

/**
 * A Worker that answers POST ?n=COUNT by verifying what it was sent that many times.
 * `verify(delivery)` gets `{ url, method, headers, body, bytes }`, and throws for a forged one.
 */
export function looped(verify) {
  return {
    async fetch(request) {
      const { url, method, headers } = request;
      const bytes = new Uint8Array(await request.arrayBuffer());
      const count = Number(url.slice(url.indexOf('?n=') + 3));
      for (let i = 0; i < count; i += 1) {
        await verify({ url, method, headers, bytes });
      }
      return new Response(null, { status: 204 });
    },
  };
}
