// The gate's policy under measurement: one Stripe source, all events forwarded.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root, scratch } from './workerd.mjs';

export const path = '/hooks/stripe';

/** Compiled for development, which lets plain HTTP and an origin on loopback in. */
export function compile_policy(name, origin) {
  mkdirSync(scratch, { recursive: true });
  const source = join(scratch, `${name}.toml`);
  const compiled = join(scratch, `${name}.bin`);
  writeFileSync(source, `version = 1
[gate]
max_body = "2MiB"
[sources.stripe]
path = "${path}"
provider = "stripe"
secrets = ["env:STRIPE_WEBHOOK_SECRET"]
[[sources.stripe.routes]]
to = "${origin}"
timeout = "8s"
`);
  execFileSync(join(root, 'build/postern'), ['compile', '--development', source, '-o', compiled],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  return compiled;
}
