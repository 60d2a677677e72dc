// The bindings and values of a Worker, known when its script starts.

export { env } from 'cloudflare:workers';
