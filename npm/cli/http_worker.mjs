// The thread that sends for whoever waits: see waiting_client.mjs.

import { workerData } from 'node:worker_threads';

import { send_request } from './http_client.mjs';

const { port, state } = workerData;

async function answer_to(request) {
  try {
    return { answer: await send_request(request) };
  } catch ({ exit_code, message }) {
    return { refused: { exit_code, message } };
  }
}

port.on('message', async (request) => {
  port.postMessage(await answer_to(request));
  Atomics.store(state, 0, 1);
  Atomics.notify(state, 0);
});
