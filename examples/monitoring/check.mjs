// Asks Analytics Engine each query of alerts/: a row is an alert. For cron, where no Grafana is.
//
//   CLOUDFLARE_ACCOUNT_ID=… CLOUDFLARE_API_TOKEN=… node check.mjs
//
// The token may read analytics of the account, and no more: "Account Analytics Read". Prints a line
// for each alert, and ends with 1 when there is one, with 2 when a query could not be asked.

import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('alerts/', import.meta.url);
const ask_ms_max = 30_000;

/** Without its comments: what they say is for people. */
const query_of = (text) => text.replace(/^--.*\n/gm, '').trim();
const meaning_of = (text) => /^-- (.*)/.exec(text)[1];

/** The rows that the SQL interface at `api` gives for `query`. */
async function ask({ api, account, token }, query) {
  const answer = await fetch(`${api}/accounts/${account}/analytics_engine/sql`, {
    method: 'POST', body: query, headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ask_ms_max),
  });
  if (!answer.ok) {
    throw new Error(`status ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  }
  return (await answer.json()).data;
}

async function main() {
  const {
    CLOUDFLARE_ACCOUNT_ID: account, CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_API_BASE_URL: api = 'https://api.cloudflare.com/client/v4',
  } = process.env;
  if (!account || !token) {
    console.error('CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN are to be set.');
    return 2;
  }
  let code = 0;
  for (const name of readdirSync(folder).sort()) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    try {
      for (const row of await ask({ api, account, token }, query_of(text))) {
        console.log(`${name.replace(/\.sql$/, '')}: ${meaning_of(text)} ${JSON.stringify(row)}`);
        code = Math.max(code, 1);
      }
    } catch (failure) {
      console.error(`${name}: ${failure.message}`);
      code = 2;
    }
  }
  return code;
}

process.exitCode = await main();
