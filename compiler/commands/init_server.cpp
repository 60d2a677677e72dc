#include <fmt/format.h>

#include <algorithm>

#include "compiler/commands/init_source.h"
#include "compiler/commands/init_texts.h"

// The program that `postern init --node` writes.

namespace postern::compiler {
namespace {

constexpr std::string_view before_sources =
    R"js(// Takes webhooks in a process of Node. What it knows of them stands in postern.db.
//
//   npm install postern
//   node --env-file=.env server.mjs --development    on a machine of your own, by plain http
//   node --env-file=.env server.mjs                  behind a proxy that ends TLS

import { createServer } from 'node:http';

import { gate } from 'postern';
import { sqlite } from 'postern/ledger/sqlite';
import { node } from 'postern/node';

const hooks = gate({
  sources: {
)js";

constexpr std::string_view after_sources = R"js(  },
  ledger: sqlite('postern.db'),
  development: process.argv.includes('--development'),
});

/**
 * Where your work goes. When it returns, the event is done; when it throws, the sender is told to
 * come again. An event can come twice, marked `event.maybeDuplicate`: keep `event.key` in the
 * transaction that does the work.
 */
async function take(event) {
  console.log(`${event.source} has sent ${event.type ?? 'an event'}, ${event.key}`);
}

hooks.on('record', (record) => console.log(JSON.stringify(record)));

// That https was spoken, the proxy says, which sets X-Forwarded-Proto whatever the sender set.
// In Express: app.post('/hooks/*path', handle), before anything that reads bodies.
const handle = node(hooks, { https: 'x-forwarded-proto' });

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.writeHead(hooks.is_ready() ? 200 : 503).end();
  } else {
    handle(request, response);
  }
});

// In a container, HOST is 0.0.0.0: the proxy is on another machine.
server.listen(Number(process.env.PORT ?? 8787), process.env.HOST ?? '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`takes webhooks at http://${address}:${port}`);
});

process.once('SIGTERM', async () => {
  await hooks.close({ grace: 10_000 });
  server.close();
  server.closeIdleConnections();
});
)js";

std::string in_javascript(std::string value) {
  std::ranges::replace(value, '"', '\'');
  return value;
}

/// A key that is no identifier stands between quotes.
std::string show_name(std::string_view name) {
  const bool is_plain = !name.contains('-') && (name.front() < '0' || name.front() > '9');
  return is_plain ? std::string(name) : fmt::format("'{}'", name);
}

void add_fields(const std::vector<PolicyLine>& lines, std::string_view indent, std::string& text) {
  for (const PolicyLine& line : lines) {
    for (const std::string_view comment : line.comment) {
      text += fmt::format("{}// {}\n", indent, comment);
    }
    text += indented(fmt::format("{}: {},", line.key, in_javascript(line.value)),
                     fmt::format("{}{}", indent, line.is_offered ? "// " : ""));
  }
}

std::string object_text(const NewSource& source) {
  std::string text = fmt::format("    // {}\n    {}: {{\n", source.title, show_name(source.name));
  add_fields(source.lines, "      ", text);
  if (source.route.empty()) {
    return text + "      routes: [{ to: take }],\n    },\n";
  }
  text += "      routes: [{\n        to: take,\n";
  add_fields(source.route, "        ", text);
  return text + "      }],\n    },\n";
}

}  // namespace

std::string server_text(const std::vector<const SchemeModel*>& providers) {
  std::string text(before_sources);
  for (const SchemeModel* provider : providers) {
    text += object_text(make_source(*provider, InitPlace::node));
  }
  return text + std::string(after_sources);
}

}  // namespace postern::compiler
