// The queries, alerts and the dashboard of examples/monitoring name what the gate writes, and
// nothing else.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { point_fields } from '../../hosts/fetch/report.mjs';
import { root } from './edge.mjs';

const folder = join(root, 'examples/monitoring');
const read = (name) => readFileSync(join(folder, name), 'utf8');
const without_comments = (text) => text.replace(/^--.*\n/gm, '').trim();
const dashboard = JSON.parse(read('grafana-dashboard.json'));
const rules = JSON.parse(read('grafana-alerts.json')).groups.flatMap((group) => group.rules);
const files = ['queries', 'alerts'].flatMap((one) =>
  readdirSync(join(folder, one)).map((name) => `${one}/${name}`));

/** All SQL there is, by where it stands. */
const queries = [
  ...files.map((name) => [name, read(name)]),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ query, rawQuery }) => [`panel ${title}`, query, rawQuery])),
  ['the dashboard\'s list of sources', dashboard.templating.list[0].query],
  ...rules.map(({ title, data }) => [`rule ${title}`, data[0].model.query]),
];

/** `blob1` is the first of `blobs`. */
const columns = new Map(Object.entries(point_fields).flatMap(([kind, names]) =>
  names.map((name, at) => [`${kind === 'indexes' ? 'index' : kind.slice(0, -1)}${at + 1}`, name])));

/** What docs/RUNNING.md lists: `[verdicts, reasons]`. */
const running = readFileSync(join(root, 'docs/RUNNING.md'), 'utf8');
const words_of = (text) => [...text.matchAll(/`(\w+)`/g)].map(([, word]) => word);
const known = {
  verdict: words_of(/^\| `verdict` \| (.*) \|$/m.exec(running)[1]),
  reason: [...running.split('## Reasons, and what to do')[1].matchAll(/^\| (`.*?`) \|/gm)]
    .flatMap(([, names]) => words_of(names)),
};

test('every column is one that a data point has, and is called what it is', () => {
  assert.ok(queries.length >= 25 && columns.size >= 14, `${queries.length} ${columns.size}`);
  for (const [where, text] of queries) {
    for (const [column] of without_comments(text).matchAll(/\b(index|blob|double)\d+\b/g)) {
      assert.ok(columns.has(column), `${where}: ${column}`);
    }
    for (const [, column, name] of text.matchAll(/\b((?:index|blob|double)\d+) AS (\w+)/g)) {
      assert.equal(columns.get(column), name, where);
    }
    // What is made of a column has its name at the beginning: `answer_ms_p99`.
    for (const [, column, name] of text.matchAll(
      /(?:SUM\(|quantileExactWeighted\([\d.]+\)\()(double\d+)[^()]*\) AS (\w+)/g)) {
      assert.ok(name.startsWith(columns.get(column)), `${where}: ${column} AS ${name}`);
    }
  }
});

test('every verdict and reason that a query looks for exists', () => {
  assert.ok(known.verdict.length >= 8 && known.reason.length >= 40);
  let compared = 0;
  for (const [where, text] of queries) {
    for (const [, column, value] of text.matchAll(/\b(blob\d+) !?= '(\w+)'/g)) {
      assert.ok(known[columns.get(column)].includes(value), `${where}: ${value}`);
      compared += 1;
    }
  }
  assert.ok(compared >= 10);
});

test('counts heed the sampling, and every query has a beginning in time', () => {
  for (const [where, text] of queries) {
    assert.match(text, /FROM postern\s/, where);
    assert.match(text, /timestamp >=? (NOW\(\) - INTERVAL|toDateTime\(\$from\))/, where);
    assert.doesNotMatch(text, /\bCOUNT\(/i, where);
  }
});

test("Grafana's rules ask what the files ask, and each has one number for each source", () => {
  const alerts = readdirSync(join(folder, 'alerts'));
  assert.ok(alerts.length >= 7);
  assert.deepEqual(rules.map(({ uid }) => `${uid.replace('postern-', '')}.sql`).sort(), alerts);
  for (const { uid, annotations, data } of rules) {
    const text = read(`alerts/${uid.replace('postern-', '')}.sql`);
    assert.equal(data[0].model.query, without_comments(text));
    assert.equal(annotations.summary, /^-- (.*)/.exec(text)[1]);
    const [, selected] = /SELECT([\s\S]*?)FROM/.exec(text);
    assert.equal(selected.match(/ AS /g).length, 2, uid);
  }
});

test('panels stand beside each other, and show what they ask for', () => {
  const cells = new Set();
  for (const { id, title, gridPos: { x, y, w, h }, targets } of dashboard.panels) {
    assert.ok(title !== '' && targets.length > 0 && x + w <= 24, `panel ${id}`);
    for (let at = 0; at < w * h; at += 1) {
      const cell = `${x + at % w},${y + Math.floor(at / w)}`;
      assert.ok(!cells.has(cell), `${title} covers another panel`);
      cells.add(cell);
    }
    targets.forEach(({ query, rawQuery }) => assert.equal(query, rawQuery));
  }
});

/** Runs check.mjs against a platform that answers by `answer(query)`. */
async function check(answer) {
  const asked = [];
  const server = createServer((incoming, outgoing) => {
    let query = '';
    incoming.on('data', (text) => {
      query += text;
    });
    incoming.on('end', () => {
      asked.push({ query, url: incoming.url, token: incoming.headers.authorization });
      const { status = 200, body } = answer(query);
      outgoing.writeHead(status).end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const child = spawn(process.execPath, [join(folder, 'check.mjs')], {
    env: {
      CLOUDFLARE_ACCOUNT_ID: 'a1', CLOUDFLARE_API_TOKEN: 't-secret',
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${server.address().port}`,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  server.close();
  assert.doesNotMatch(said, /t-secret/);
  return { code, said, asked };
}

const rows = (...data) => ({ body: JSON.stringify({ meta: [], data, rows: data.length }) });

test('check.mjs asks every alert, tells each row, and ends by what it found', async () => {
  const quiet = await check(() => rows());
  assert.deepEqual([quiet.code, quiet.said], [0, '']);
  assert.equal(quiet.asked.length, readdirSync(join(folder, 'alerts')).length);
  for (const { query, url, token } of quiet.asked) {
    assert.match(query, /^SELECT/);
    assert.deepEqual([url, token], ['/accounts/a1/analytics_engine/sql', 'Bearer t-secret']);
  }
  const dead = await check((query) => (query.includes('AS dead')
    ? rows({ source: 'stripe', dead: 3 }, { source: 'slack', dead: 1 }) : rows()));
  assert.equal(dead.code, 1);
  assert.match(dead.said,
    /^dead-letters: .* \{"source":"stripe","dead":3\}\ndead-letters: .*1\}\n$/);
  const refused = await check(() => ({ status: 403, body: 'no such token' }));
  assert.equal(refused.code, 2);
  assert.match(refused.said, /dead-letters\.sql: status 403: no such token/);
});
