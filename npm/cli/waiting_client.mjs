// HTTP for a caller that cannot wait for a promise, as a module of WebAssembly: another thread
// sends, and this one sleeps until it has the answer.

import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';

import { Refused } from './refused.mjs';

/** What has 0 until something happens that nobody waits for. */
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

export const pause = (milliseconds) => Atomics.wait(never, 0, 0, milliseconds);

export class WaitingClient {
  #state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #port;
  #worker;

  /** As `send_request`, which limits its time, without a promise. */
  send(request) {
    this.#start();
    Atomics.store(this.#state, 0, 0);
    this.#port.postMessage(request);
    Atomics.wait(this.#state, 0, 0);
    const { answer, refused } = receiveMessageOnPort(this.#port).message;
    if (refused !== undefined) {
      throw new Refused(refused.exit_code, refused.message);
    }
    return answer;
  }

  #start() {
    if (this.#worker !== undefined) {
      return;
    }
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(new URL('http_worker.mjs', import.meta.url), {
      workerData: { port: port2, state: this.#state }, transferList: [port2],
    });
    this.#worker.unref();
  }
}
