// A program that uses every entry of the package; see types_test.mjs.

import { createServer } from 'node:http';

import express from 'express';
import create_fastify from 'fastify';
import { Hono } from 'hono';
import {
  gate, PolicyError, verify, type DecisionRecord, type DeliveredEvent, type Provider, type Reason,
  type Verified,
} from 'postern';
import { fastify } from 'postern/fastify';
import { gate as compiled_gate } from 'postern/gate';
import { hono } from 'postern/hono';
import { lambda } from 'postern/lambda';
import { durableObject } from 'postern/ledger/durable-object';
import { memory } from 'postern/ledger/memory';
import { sqlite } from 'postern/ledger/sqlite';
import { next } from 'postern/next';
import { node } from 'postern/node';
import github from 'postern/providers/github';
import standard, { standardWebhooks } from 'postern/providers/standard-webhooks';
import { stripe } from 'postern/providers/stripe';
import { sveltekit } from 'postern/sveltekit';
import { fixtures, sign, type Fixture, type SignOptions } from 'postern/testing';

const hooks = gate({
  sources: {
    stripe: {
      path: '/hooks/stripe', provider: 'stripe', secrets: [process.env['STRIPE_WEBHOOK_SECRET']],
      routes: [
        { events: ['invoice.*'], to: async (event) => { event.json(); } },
        { to: 'https://origin.example/hooks', timeout: '8s' },
        { deliver: 'queue', to: ['https://a.example/', { url: 'https://b.example/' }] },
        { to: () => new Response(null, { status: 202 }) },
      ],
    },
  },
  ledger: sqlite('postern.db'),
});
gate({
  sources: {
    shops: {
      path: '/hooks/shops/*', provider: 'stripe',
      secrets: async ({ method, path, query, headers, signal }) => {
        const secret: string | null = headers.get(path + query + method);
        return secret === null || signal.aborted ? null : { tenant: path, secrets: [secret] };
      },
      routes: [{ to: async (event) => { const whose: string | null = event.tenant; void whose; } }],
    },
  },
  ledger: memory(),
});
gate({
  policy: new Uint8Array(), ledger: memory(),
  secrets: { shops: ({ path }) => (path === '/' ? undefined : { tenant: 'a', secrets: 'b' }) },
});
gate({ policy: new Uint8Array(), ledger: memory(), env: { A: 'b' } });
compiled_gate({ policy: new Uint8Array(), ledger: durableObject() });
// @ts-expect-error: it carries no compiler.
compiled_gate({ sources: {}, ledger: durableObject() });
gate({
  sources: { a: { path: '/a', provider: stripe, secrets: 'env:A', routes: [{ answer: 200 }] } },
  ledger: durableObject(),
});
gate({
  version: 1,
  gate: { max_body: '2MiB', sign_forwards: process.env['SIGNING'] },
  sources: {
    github: {
      path: '/hooks/github', provider: 'github', secrets: process.env['GITHUB_SECRET'],
      rate_limit: { requests: 600, per: '60s', by: 'source' }, retain: '30d', accept_proof: 'weak',
      accept_confidence: 'one-source',
      acknowledge: { type: 'text/plain', body: 'ok' }, allow_events: ['push'],
      routes: [{
        deliver: 'queue', to: () => {}, when: { '/livemode': [true] },
        retry: { schedule: ['10s', '1m'], horizon: '1d' },
      }],
    },
  },
  ledger: memory(),
});

const off: () => void = hooks.on('record', (record: DecisionRecord) => {
  const reason: Reason | '' = record.reason;
  console.log(record.verdict, reason, record['event_key']);
});
off();
hooks.on('failure', (text) => text.toUpperCase());

async function use(request: Request, provider: Provider): Promise<Response> {
  const verified: Verified = await verify(provider, request, ['a', 'b'], {
    url: 'https://app.example/', maxBody: 1024, now: () => Date.now(),
  });
  if (verified.ok) {
    const event: DeliveredEvent = verified.event;
    const id: string | null = event.id;
    const bytes: Uint8Array = event.bytes;
    return new Response(`${id} ${bytes.byteLength} ${event.headers.get('a')} ${event.key}`);
  }
  if (verified.reason === 'challenge') {
    return verified.reply;
  }
  console.error(verified.reason, verified.hint);
  return new Response(null, { status: verified.status });
}
await use(new Request('https://app.example/'), stripe);
await use(new Request('https://app.example/'), github);
for (const provider of [standard, standardWebhooks]) {
  console.log(provider.slug, provider.needs_url);
}
await verify('stripe', new Request('https://app.example/'), 'secret');
await verify('meta', new Request('https://app.example/'), 'secret',
  { parameters: { verify_token: process.env.META_VERIFY_TOKEN } });
// @ts-expect-error: a parameter is a text.
await verify('meta', new Request('https://app.example/'), 'secret', { parameters: { a: 1 } });

const schema = {
  '~standard': {
    version: 1, vendor: 'none',
    validate: (value: unknown) => ({ value: { id: String(value) } }),
  },
} as const;
async function typed(event: DeliveredEvent): Promise<string> {
  const { id } = await event.json(schema);
  return id;
}

createServer(node(hooks, { https: 'x-forwarded-proto' }));
express().post('/hooks/*path', node(hooks));
create_fastify().register(fastify(hooks), { prefix: '/hooks' });
new Hono().post('/hooks/*', hono(hooks));
export const POST: (request: Request) => Promise<Response> = next(hooks);
export const endpoint = sveltekit(hooks);
export const handler = lambda(hooks, { drive: 'scheduled' });
export default { fetch: hooks.fetch };
await hooks.drive();
await hooks.close();

try {
  gate({ sources: {}, ledger: memory() });
} catch (failure) {
  if (failure instanceof PolicyError) {
    failure.diagnostics?.forEach(({ path, message }) => console.error(path, message));
  }
}

const named = gate({
  policy: new Uint8Array(), ledger: durableObject('env:LEDGER'),
  handlers: { book: (event) => { event.json(); } }, env: {},
});
export const queue = named.queue;
export { Ledger } from 'postern/cloudflare';
// @ts-expect-error: a handler is a function.
gate({ policy: new Uint8Array(), ledger: memory(), handlers: { book: 'book' } });
// @ts-expect-error: there is no such event.
hooks.on('recrd', () => {});
// @ts-expect-error: a gate has a ledger.
gate({ sources: {} });
// @ts-expect-error: a source has a path.
gate({ sources: { a: { provider: 'stripe', secrets: [], routes: [] } }, ledger: memory() });
// @ts-expect-error: a key that no source has.
gate({ sources: { a: { path: '/', secrets: [], routes: [], retian: '7d' } }, ledger: memory() });
// @ts-expect-error: a key that no route has.
gate({ sources: { a: { path: '/', secrets: [], routes: [{ timeot: '8s' }] } }, ledger: memory() });
// @ts-expect-error: proxy or queue.
gate({ sources: { a: { path: '/', secrets: [], routes: [{ deliver: 'x' }] } }, ledger: memory() });
// @ts-expect-error: a secret.
await verify(stripe, new Request('https://app.example/'));
// @ts-expect-error: a secret that may be unset is looked at first.
await verify(stripe, new Request('https://app.example/'), process.env['SECRET']);
// @ts-expect-error: a name or a provider.
await verify(3, new Request('https://app.example/'), 'secret');
// @ts-expect-error: a clock is a function.
await verify(stripe, new Request('https://app.example/'), 'secret', { now: 3 });
const signing: SignOptions = { secret: process.env['SECRET'], at: new Date(), type: 'invoice.paid' };
const delivery: Request = await sign(stripe, { id: 'evt_1' }, signing);
await hooks.fetch(delivery);
// @ts-expect-error: there is no such option.
await sign('stripe', '{}', { secret: 'a', time: 1 });
// @ts-expect-error: one of two ways.
node(hooks, { https: 'always' });
// @ts-expect-error: an event stands in what was verified only.
(await verify(stripe, new Request('https://app.example/'), 'secret')).event;
void typed;

const { steps: [step] }: Fixture = fixtures({ provider: 'stripe', filter: 'derived/' })[0]!;
const told: [Date, number, string | undefined, Request] | undefined = step &&
  [step.at, step.copies, step.expected.verdict, step.request('https://app.example/')];
void told;
// @ts-expect-error: an option that there is not.
fixtures({ providers: 'stripe' });
