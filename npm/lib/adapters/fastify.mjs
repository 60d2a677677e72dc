import { read_adapter } from './connection.mjs';
import { make_listener } from './incoming.mjs';

const cure = 'let no hook before it (onRequest, preParsing) read the stream, and register it ' +
  "as a plugin, app.register(fastify(hooks), { prefix: '/hooks' }).";

/**
 * A plugin of Fastify, whose own scope leaves bodies alone: `app.register(fastify(hooks), { prefix:
 * '/hooks' })`. It has the prefix itself too.
 */
export function fastify(hooks, options) {
  const { https } = read_adapter('fastify', hooks, options);
  const handle = make_listener(hooks, { https, name: 'fastify', cure });
  return async function plugin(app) {
    if (typeof app?.removeAllContentTypeParsers !== 'function') {
      throw new TypeError('fastify(hooks) is a plugin, not a handler: ' +
        "app.register(fastify(hooks), { prefix: '/hooks' }).");
    }
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const hand_over = async (request, reply) => {
      reply.hijack();
      await handle(request.raw, reply.raw);
    };
    app.all('/', hand_over);
    app.all('/*', hand_over);
  };
}
