// What the platforms that run the gate can do, and how they name what a policy needs of them: one
// value for each host, here and nowhere else. From it come `harness/contract/hosts.h`, which the
// compiler is handed, and a script for the host itself. The command hands it Cloudflare's.

export const hosts = {
  cloudflare: {
    says: 'Cloudflare Workers.',
    // A binding for each pair of numbers, `RATE_<requests>_<seconds>`. The limiter counts over these
    // periods and no other.
    // Source: developers.cloudflare.com, Workers, Runtime APIs, Rate limiting. Read 2026-11-30.
    rate_periods_seconds: [10, 60],
    rate_binding_prefix: 'RATE_',
    // Ticket and body in one message. The queue takes 128,000 bytes with its own hundred or so and
    // what the form around them takes.
    queue_message_bytes_max: 120_000,
    // Where a script of one's own makes the gate. The Worker that comes along has none, and says so
    // when it starts.
    handlers: true,
  },
  local: {
    says: 'One process of Node, Deno or Bun.',
    // It counts in its own memory, over any period: these are enough to choose from.
    rate_periods_seconds: [1, 10, 60, 600, 3600],
    rate_binding_prefix: 'RATE_',
    // Its store's outbox is its queue.
    queue_message_bytes_max: 0,
    handlers: true,
  },
};

const generated = '// Made from contract/hosts.mjs. Do not edit.';

/** A constant for each host, for the harness. */
export function hosts_header() {
  const values = Object.entries(hosts).flatMap(([name, host]) => [
    `/// ${host.says}`,
    `inline const compiler::HostLimits ${name}_limits = {`,
    `    .name = "${name}",`,
    `    .rate_periods_seconds = {${host.rate_periods_seconds.join(', ')}},`,
    `    .rate_binding_prefix = "${host.rate_binding_prefix}",`,
    `    .queue_message_bytes_max = ${host.queue_message_bytes_max},`,
    `    .handlers = ${host.handlers}};`, '']);
  return [generated, '', '#pragma once', '', '#include "compiler/host_limits.h"', '',
    'namespace postern::harness {', '', ...values, '}  // namespace postern::harness', ''].join('\n');
}

/** What each host has to know itself, as files `[name, text]`. */
export function hosts_scripts() {
  return Object.entries(hosts).map(([name, host]) => [`${name}.mjs`, [
    generated, '',
    '/** Stands before the numbers of a rate limit in the name of its binding. */',
    `export const rate_binding_prefix = '${host.rate_binding_prefix}';`, '',
    '/** Over which times its limiter counts, ascending. */',
    `export const rate_periods_seconds = [${host.rate_periods_seconds.join(', ')}];`, '',
    '/** Most bytes of ticket and body in one message of the queue. */',
    `export const queue_message_bytes_max = ${host.queue_message_bytes_max};`, '',
    '/** Whether functions of the program that it runs in can be destinations. */',
    `export const handlers = ${host.handlers};`, ''].join('\n')]);
}
