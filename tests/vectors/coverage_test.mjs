// What the fixtures must cover: every reason that the core can give, and for every provider one
// genuine delivery and the cases that no scheme may get wrong.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { slugs, whole_text } from "../provider_texts.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const postern = resolve(root, process.env.POSTERN ?? "build/postern");
const fixtures = readdirSync(join(root, "fixtures"), { recursive: true })
  .filter((file) => file.endsWith(".toml"))
  .map((file) => ({ file, text: readFileSync(join(root, "fixtures", file), "utf8") }));
const providers = slugs.map((slug) => ({ slug, text: whole_text(slug) }));

function run(...args) {
  const { status, stdout, stderr } = spawnSync(postern, args,
    { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}

/** Names of derived cases by provider, as `postern replay --list` has them. */
const derived = new Map();
for (const line of run("replay", "--list").split("\n")) {
  const [, provider, name] = /^([a-z0-9-]+)\/derived\/(\S+)$/.exec(line) ?? [];
  if (name !== undefined) {
    derived.set(provider, [...(derived.get(provider) ?? []), name]);
  }
}

/** The cases that a provider must have, by what its file says in plain text. */
function wanted_of(text) {
  const has = (pattern) => pattern.test(text);
  const is_token = has(/^algorithm = "(token|basic)"$/m);
  const is_fetched = has(/^key = "fetched"$/m);
  const is_timed = has(/^\[timestamp\]$/m);
  // The signer writes no time into a body, and nobody here has the other half of a fetched key.
  const is_signed_anew = !is_fetched && !has(/^\[timestamp\]\nfrom = \{ body = /m);
  // What stands in a JSON body stands there once, and in no other form.
  const is_in_body = has(/^\[\[?signature\]\]?\nalgorithm = .*\nfrom = \{ body = /m);
  // What signs by one form of body only says so in its [[signature]], before the events.
  const reads_forms = has(/^content = .*form:sorted/m) || is_in_body;
  const binds_body = has(/^content = .*\{(body|sha256:body|crc32:body|form:sorted|url|query)/m);
  const identities = text.match(/^identity = .*$/gm);
  const challenges = text.match(/^\[\[challenge\]\]$/gm) ?? [];
  const proofs = [...text.matchAll(/^proof = "(signed|unsigned)"$/gm)].map(([, proof]) => proof);
  return [
    "other-secret", "missing-signature", "empty-signature", "truncated-signature",
    "newer-secret", "older-secret", "third-secret", "duplicate", "retry-after-failure", "oversize",
    ...(is_in_body ? [] : ["repeated-signature"]),
    ...(is_token ? ["any-body"] : binds_body ? ["changed-body", "longer-body"] : []),
    ...(is_timed ? ["age-limit", "future-limit"] : []),
    // Where a list tells its items by their places, the next one takes the place of the time.
    ...(is_timed && !has(/^from = .*\btake = /m) ? ["missing-time"] : []),
    ...(has(/^\[id\]$/m) ? ["missing-id"] : []),
    ...(is_signed_anew ? ["another-event", "large-body"] : []),
    ...(!is_signed_anew || reads_forms || has(/^sends = "any"$/m) ? [] : ["other-form"]),
    ...(is_timed && is_signed_anew && !identities.some((one) => one.endsWith('"content"'))
      ? ["signed-anew"] : []),
    ...proofs.flatMap((proof, at) => {
      const name = challenges.length === 1 ? "challenge" : `challenge-${at + 1}`;
      return proof === "signed" ? [name, `${name}-unproven`] : [name];
    }),
  ].sort();
}

test("there are providers and fixtures to look at", () => {
  assert.ok(providers.length >= 15, `${providers.length} providers`);
  assert.ok(fixtures.length >= 400, `${fixtures.length} fixtures`);
});

/** Reasons that no fixture's world can bring about, and the test that shows each. */
const shownElsewhere = new Map([
  // A host whose crypto does not answer; keys that it could not use do not go live.
  ["crypto_unavailable", "tests/unit/gate_frames_test.cpp"],
  // Whose a delivery is, only an application says.
  ["unknown_tenant", "tests/unit/gate_tenant_test.cpp"],
]);

test("every reason of the core is reached by a fixture", () => {
  const source = readFileSync(join(root, "wasm/postern/scheme/reason.cpp"), "utf8");
  const reasons = [...source.matchAll(/Entry\{"([a-z_]+)", \d+\}/g)].map((match) => match[1]);
  assert.ok(reasons.length >= 37, `${reasons.length} reasons`);
  const { cases } = JSON.parse(run("replay", "--report", "json=-"));
  const reached = new Set([
    ...cases.flatMap(({ steps }) => steps.map(({ reason }) => reason)),
    ...fixtures.flatMap(({ text }) => [...text.matchAll(/reason = "([a-z_]+)"/g)].map((m) => m[1])),
  ]);
  for (const [reason, file] of shownElsewhere) {
    assert.ok(readFileSync(join(root, file), "utf8").includes(reason), `${reason} in ${file}`);
    reached.add(reason);
  }
  assert.deepEqual(reasons.filter((reason) => !reached.has(reason)), []);
});

for (const { slug, text } of providers) {
  test(`${slug} has one genuine delivery, and the cases that every provider has`, () => {
    const genuine = fixtures.filter(({ file, text: own }) => dirname(file) === slug &&
      /^genuine = /m.test(own));
    assert.deepEqual(genuine.length, 1);
    const [, origin] = /^origin = "(\w+)"$/m.exec(genuine[0].text);
    assert.equal(origin === "made", !/^where +=/m.test(genuine[0].text), "where it comes from");
    assert.deepEqual([...derived.get(slug)].sort(), wanted_of(text));
  });
}

test("every fixture says in one sentence what it shows", () => {
  const bad = fixtures.filter(({ text }) => !/^shows +=( ".+\."| '.+\.')$/m.test(text));
  assert.deepEqual(bad.map(({ file }) => file), []);
});
