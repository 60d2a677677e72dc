import { read_adapter } from './connection.mjs';
import { handle_web } from './web.mjs';

/** An endpoint of SvelteKit: `export const POST = sveltekit(hooks)` in +server.js. */
export function sveltekit(hooks, options) {
  const { https } = read_adapter('sveltekit', hooks, options);
  return ({ request, getClientAddress, platform } = {}) => handle_web(hooks, request, {
    name: 'sveltekit', https, client_address: address_of(getClientAddress),
    cure: 'let no hook before it read event.request.',
  }, waiter_of(platform));
}

/** What keeps a Worker running behind its answer; `context` is what older adapters call it. */
function waiter_of(platform) {
  const context = platform?.ctx ?? platform?.context;
  return context?.waitUntil === undefined
    ? undefined : (settled) => context.waitUntil(settled);
}

/** Where the adapter of SvelteKit cannot tell, it throws. */
function address_of(getClientAddress) {
  try {
    return getClientAddress();
  } catch {
    return '';
  }
}
