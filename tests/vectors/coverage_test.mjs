// What the fixtures must cover: every reason that the core can give, and for every provider the
// cases that no scheme may get wrong.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const fixtures = readdirSync(join(root, "fixtures"), { recursive: true })
  .filter((file) => file.endsWith(".toml"))
  .map((file) => ({ file, text: readFileSync(join(root, "fixtures", file), "utf8") }));
const providers = readdirSync(join(root, "wasm/providers"))
  .filter((file) => file.endsWith(".toml"))
  .map((file) => {
    const text = readFileSync(join(root, "wasm/providers", file), "utf8");
    return {
      slug: basename(file, ".toml"),
      isTimed: /^\[timestamp\]$/m.test(text),
      isToken: /^proof = "token"$/m.test(text),
    };
  });

const everyProvider = [
  "accepts-a-genuine-delivery",
  "refuses-another-secret",
  "refuses-a-missing-signature",
  "refuses-an-empty-signature",
  "refuses-a-truncated-signature",
  "refuses-a-repeated-signature-header",
  "accepts-both-secrets-while-they-rotate",
  "absorbs-a-duplicate",
  "lets-the-retry-through-after-a-failure",
  "refuses-an-oversized-body",
];
const timed = ["holds-the-age-limit-to-the-second", "holds-the-future-limit-to-the-second"];

test("there are providers and fixtures to look at", () => {
  assert.ok(providers.length >= 15, `${providers.length} providers`);
  assert.ok(fixtures.length >= 400, `${fixtures.length} fixtures`);
});

/** Reasons that no fixture's world can bring about, and the test that shows each. */
const shownElsewhere = new Map([
  // A host whose crypto does not answer; keys that it could not use do not go live.
  ["crypto_unavailable", "tests/unit/gate_frames_test.cpp"],
]);

test("every reason of the core is reached by a fixture", () => {
  const source = readFileSync(join(root, "wasm/scheme/reason.cpp"), "utf8");
  const reasons = [...source.matchAll(/Entry\{"([a-z_]+)", \d+\}/g)].map((match) => match[1]);
  assert.ok(reasons.length >= 37, `${reasons.length} reasons`);
  const reached = new Set(
    fixtures.flatMap(({ text }) => [...text.matchAll(/reason = "([a-z_]+)"/g)].map((m) => m[1])),
  );
  for (const [reason, file] of shownElsewhere) {
    assert.ok(readFileSync(join(root, file), "utf8").includes(reason), `${reason} in ${file}`);
    reached.add(reason);
  }
  assert.deepEqual(reasons.filter((reason) => !reached.has(reason)), []);
});

for (const { slug, isTimed, isToken } of providers) {
  test(`${slug} has the cases that every provider has`, () => {
    const names = fixtures
      .filter(({ file }) => dirname(file) === slug)
      .map(({ file }) => basename(file, ".toml"));
    const wanted = [
      ...everyProvider,
      ...(isTimed ? timed : []),
      isToken ? "cannot-tell-a-changed-body" : "refuses-a-changed-body",
    ];
    assert.deepEqual(wanted.filter((name) => !names.includes(name)), []);
  });
}

test("every fixture says in one sentence what it shows", () => {
  const bad = fixtures.filter(({ text }) => !/^shows +=( ".+\."| '.+\.')$/m.test(text));
  assert.deepEqual(bad.map(({ file }) => file), []);
});
