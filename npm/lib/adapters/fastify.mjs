import { node } from './node.mjs';

/**
 * A plugin of Fastify, whose own scope leaves bodies alone: `app.register(fastify(hooks), { prefix:
 * '/hooks' })`.
 */
export function fastify(hooks, options) {
  const handle = node(hooks, options);
  return async function plugin(app) {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.all('/*', async (request, reply) => {
      reply.hijack();
      await handle(request.raw, reply.raw);
    });
  };
}
