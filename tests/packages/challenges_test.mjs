// What senders ask before they deliver is answered as their manuals want it, by `verify` and by a
// gate behind node:http: in headers, with a MAC that Node computes, by tokens that nobody tells, by
// HEAD and by OPTIONS.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as http_request } from 'node:http';
import { after, test } from 'node:test';
import { inspect } from 'node:util';

import { import_packed, make_project } from './packed.mjs';

const folder = make_project('challenges');
const [{ gate, verify }, { memory }, { node }] =
  await import_packed(folder, ['postern', 'postern/ledger/memory', 'postern/node']);

const secret = 'a-secret-of-a-test-0123456789abc';
const verify_token = 'what-nobody-else-knows';
const mac_of = (text, encoding) => createHmac('sha256', secret).update(text).digest(encoding);
const get = (query, headers = {}) => new Request(`https://app.example/hooks?${query}`, { headers });

const own = {
  sends: ['json'],
  signature: {
    algorithm: 'hmac-sha256', from: { header: 'x-signature' }, encoding: 'hex', content: '{body}',
    key: 'utf8',
  },
  parameters: { word: 'a word', rate: 'a rate' },
  challenge: [
    {
      proof: 'unsigned', method: 'HEAD', when: [{ query: 'word', parameter: 'word' }],
      reply: { status: 204, content_type: '', headers: { 'x-rate': '{parameter:rate} a minute' } },
    },
    {
      proof: 'unsigned', method: 'OPTIONS', when: [{ header: 'x-ask', token: true }],
      reply: { content_type: '', headers: { 'x-told': '{header:x-ask}' } },
    },
  ],
};

const records = [];
const hooks = gate({
  sources: {
    own: {
      path: '/hooks/own', scheme: own, secrets: [secret],
      parameters: { word: verify_token, rate: '120' },
      routes: [{ to: () => undefined }],
    },
  },
  ledger: memory(), development: true,
});
hooks.on('record', (record) => records.push(JSON.stringify(record)));
const server = createServer(node(hooks));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(async () => {
  server.close();
  server.closeAllConnections();
  await hooks.close();
});

async function told(answer) {
  assert.deepEqual([answer.ok, answer.reason], [false, 'challenge']);
  assert.equal(answer.status, answer.reply.status);
  return answer.reply;
}

// https://docs.x.com/x-api/webhooks/quickstart
test('the CRC of X has the MAC of its token, and a body has none', async () => {
  const reply = await told(await verify('x', get('crc_token=a-token_1'), secret));
  assert.deepEqual(await reply.json(),
    { response_token: `sha256=${mac_of('a-token_1', 'base64')}` });
  assert.equal(reply.headers.get('content-type'), 'application/json');
  for (const token of ['{"for_user_id":"1"}', ' {}', '[1]', '', 'a'.repeat(257), 'a\r\nb']) {
    const refused = await verify('x', get(`crc_token=${encodeURIComponent(token)}`), secret);
    assert.deepEqual([refused.reason, refused.status], ['wrong_method', 405], token);
  }
  const rotated = await verify('x', get('crc_token=a'), [secret, 'another-secret-0123456789']);
  assert.deepEqual(await (await told(rotated)).json(),
    { response_token: `sha256=${mac_of('a', 'base64')}` });
});

// https://developers.facebook.com/docs/graph-api/webhooks/getting-started/
test('the verification of Meta is answered to who knows the token', async () => {
  const query = (token) => `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`;
  const parameters = { verify_token };
  const reply = await told(await verify('meta', get(query(verify_token)), secret, { parameters }));
  assert.equal(await reply.text(), '1158201444');
  const others = [
    [query('wrong'), { parameters }], [query(''), { parameters }],
    [query(verify_token), {}], [query(''), {}],
    [query(verify_token), { parameters: { verify_token: 'another' } }],
    [query('undefined'), { parameters: { verify_token: undefined } }],
  ];
  const plain = await verify('meta', get('a=b'), secret);
  for (const [text, options] of others) {
    assert.deepEqual(await verify('meta', get(text), secret, options), plain, text);
  }
});

test('a parameter that cannot be one is told without its text', async () => {
  const with_parameters = (parameters) => verify('meta', get(''), secret, { parameters });
  const mistakes = [
    [{ verify_tokn: 'a' }, /no parameter "verify_tokn".*Did you mean "verify_token"/],
    [{ verify_token: 'has a blank' }, /parameters\.verify_token is not/],
    [{ verify_token: '' }, /parameters\.verify_token is not/],
    [{ verify_token: 7 }, /parameters\.verify_token is not/],
    [{ verify_token: 'a'.repeat(257) }, /parameters\.verify_token is not/],
    ['verify_token', /options\.parameters is an object/],
  ];
  for (const [parameters, message] of mistakes) {
    await assert.rejects(with_parameters(parameters), (thrown) => {
      assert.ok(thrown instanceof TypeError);
      assert.match(thrown.message, message);
      assert.ok(!inspect(thrown).includes('has a blank'));
      return true;
    });
  }
});

// https://developer.okta.com/docs/concepts/event-hooks/
test('the verification of Okta comes back out of its header', async () => {
  const answer = await verify('okta', get('', { 'x-okta-verification-challenge': 'a-1' }), secret);
  assert.deepEqual(await (await told(answer)).json(), { verification: 'a-1' });
});

// https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection
test('who asks by OPTIONS is answered in headers alone', async () => {
  const request = new Request('https://app.example/hooks', {
    method: 'OPTIONS', headers: { 'webhook-request-origin': 'eventemitter.example.com' },
  });
  const reply = await told(await verify('cloudevents', request, secret));
  assert.equal(reply.headers.get('webhook-allowed-origin'), 'eventemitter.example.com');
  assert.equal(reply.headers.get('webhook-allowed-rate'), '*');
  assert.equal(reply.headers.get('content-type'), null);
  assert.equal(await reply.text(), '');
});

async function ask(method, query, headers = {}) {
  const asked = http_request(
    { port: server.address().port, method, path: `/hooks/own${query}`, headers });
  asked.end();
  const [response] = await once(asked, 'response');
  const chunks = await response.toArray();
  return { status: response.statusCode, headers: response.headers, body: String(chunks) };
}

test('a gate behind node:http answers HEAD and OPTIONS', async () => {
  const head = await ask('HEAD', `?word=${verify_token}`);
  assert.deepEqual([head.status, head.headers['x-rate'], head.body], [204, '120 a minute', '']);
  assert.equal(head.headers['content-type'], undefined);
  const options = await ask('OPTIONS', '', { 'x-ask': 'abc' });
  assert.deepEqual([options.status, options.headers['x-told'], options.body], [200, 'abc', '']);
  for (const [method, query] of [['HEAD', '?word=wrong'], ['HEAD', ''], ['OPTIONS', '']]) {
    const refused = await ask(method, query);
    assert.deepEqual([refused.status, refused.headers.allow], [405, 'POST'], method + query);
    assert.equal(refused.headers['x-rate'] ?? refused.headers['x-told'], undefined);
  }
});

test('no record has a token in it', () => {
  assert.ok(records.length >= 5, `${records.length} records`);
  assert.deepEqual(records.filter((text) => text.includes(verify_token)), []);
});
