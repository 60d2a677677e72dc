// Ports on loopback.

import { createServer } from 'node:net';

/** `wanted` when it is free; otherwise says so and gives another one. */
export async function choose_port(what, wanted) {
  if (await listen_once(wanted) !== null) {
    return wanted;
  }
  const other = await listen_once(0);
  process.stdout.write(`${what} does not get port ${wanted}: it is taken. It gets ${other}.\n`);
  return other;
}

/** The port that a server got, or null when it could not have it. */
function listen_once(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const got = server.address().port;
      server.close(() => resolve(got));
    });
  });
}
