// An origin, a process of its own: keeps a book of all that reaches it, and has faults by chance.
// Gets `{ seed, faults }` as its argument; says `{ port }`, and gives `{ book }` when it is asked.
//
// `faults` has the share of deliveries that are `failed` (500), `reset` (the connection breaks off
// after all has come) and `slow` (answered after `slow_ms`); the others take up to `delay_ms`.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

import { make_random } from '../differential/random.mjs';
import { now_us } from './clock.mjs';

const { seed, faults } = JSON.parse(process.argv[2]);
const random = make_random(`origin ${seed}`);
const book = [];

const outcomes = ['failed', 'reset', 'slow'];

function choose_outcome() {
  let chance = random.between(1, 1e6) / 1e6;
  for (const outcome of outcomes) {
    chance -= faults[outcome] ?? 0;
    if (chance <= 0) {
      return outcome;
    }
  }
  return 'ok';
}

function take(request, bytes) {
  const { id } = JSON.parse(bytes);
  const outcome = choose_outcome();
  book.push({
    id, outcome,
    at: now_us(),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    source: request.headers['postern-source'],
    key: request.headers['postern-key'],
    attempt: request.headers['postern-attempt'],
    is_marked: request.headers['postern-maybe-duplicate'] === 'true',
  });
  return outcome;
}

function answer(request, response, outcome) {
  if (outcome === 'reset') {
    request.socket.destroy();
    return;
  }
  const delay = outcome === 'slow' ? faults.slow_ms : random.between(0, faults.delay_ms);
  setTimeout(() => {
    response.statusCode = outcome === 'failed' ? 500 : 200;
    response.end();
  }, delay);
}

const server = createServer((request, response) => {
  const chunks = [];
  // Who breaks off before the end has sent nothing that counts.
  request.on('error', () => {});
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => answer(request, response, take(request, Buffer.concat(chunks))));
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ book }));
process.on('disconnect', () => process.exit());
