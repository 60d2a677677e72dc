// Turns the collected vectors of the catalogue's providers into fixtures, for `postern replay`.
//
//   node tests/vectors/to_fixtures.mjs VECTORS.json FOLDER
//
// The folder is build output. Where our answer differs from a vector's, `deviations` says so, and
// why: everything else must come out as the vector has it.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/// How many vectors each provider of the catalogue has. Another number is a change to look at.
export const expectedCounts = {
  stripe: 11,
  github: 7,
  gitlab: 2,
  slack: 7,
  shopify: 4,
  paypal: 5,
  pagerduty: 1,
  discord: 7,
  twilio: 22,
  "standard-webhooks": 13,
  svix: 13,
};

const stricter = (reason, why) => ({ expect: { verdict: "refused", status: 401, reason }, why });

const unusable = (why) => ({
  expect: { verdict: "failed", status: 503, reason: "source_unavailable" }, why,
});

/// By `provider/name`. `slug`: another file of the catalogue. `expect`: our answer instead of the
/// vector's. `source`: what the operator has to write for it. `certificate`: the address to use.
export const deviations = {
  "github/docs-hello-world": {
    expect: { verdict: "refused", status: 400, reason: "unexpected_form" },
    why: "The signature holds, but GitHub sends JSON and forms, and never a plain text.",
  },
  "standard-webhooks/v1-secret-without-prefix": unusable(
    "A raw public key looks the same without a prefix: the prefix says which kind a secret is.",
  ),
  "svix/v1-secret-without-prefix": unusable("As standard-webhooks."),
  "gitlab/plain-token-wrong": {
    slug: "gitlab-token",
    why: "The secret token is a scheme of its own here.",
  },
  "paypal/java-sdk-rsa": {
    certificate: "https://api.sandbox.paypal.com/v1/notifications/certs/vector",
    why: "The library's test has a path that PayPal does not use; the address is not signed.",
  },
  "paypal/body-tampered": {
    certificate: "https://api.sandbox.paypal.com/v1/notifications/certs/vector",
    why: "As java-sdk-rsa.",
  },
  "paypal/wrong-webhook-id": {
    certificate: "https://api.sandbox.paypal.com/v1/notifications/certs/vector",
    why: "As java-sdk-rsa.",
  },
  "twilio/get-request": {
    source: { methods: ["POST", "GET"] },
    why: "A GET is let in where the policy says so.",
  },
  "twilio/url-special-characters": stricter(
    "bad_signature",
    "One library tries a second spelling of the query; the signed text is the address as received.",
  ),
  "twilio/url-with-credentials": stricter(
    "bad_signature",
    "An address with credentials is no address of a policy, so it is never what is verified.",
  ),
  "twilio/url-with-username-only": stricter("bad_signature", "As url-with-credentials."),
  "twilio/url-with-credentials-443-in-signature": stricter(
    "bad_signature",
    "As url-with-credentials.",
  ),
};

/// The collection's reasons that have one word of ours; the others only say that a delivery is
/// refused.
const reasons = new Map([
  ["stale", "stale"],
  ["future", "future"],
  ["missing_signature", "missing_signature"],
  ["untrusted_cert_url", "untrusted_key_url"],
  ["bad_body_hash", "body_hash_mismatch"],
]);

const text = JSON.stringify;

function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.entries(value).map(([key, field]) => `${text(key)} = ${toml(field)}`);
    return `{ ${fields.join(", ")} }`;
  }
  return text(value);
}

const table = (name, fields) =>
  [name, ...Object.entries(fields).map(([key, value]) => `${key} = ${toml(value)}`)].join("\n");

function expectation(vector, deviation) {
  const untouched = { origin_calls: 0, ledger_calls: 0 };
  if (deviation.expect !== undefined) return { ...deviation.expect, ...untouched };
  if (vector.expect === "invalid") {
    const reason = reasons.get(vector.reason);
    return { verdict: "refused", status: 401, ...(reason ? { reason } : {}), ...untouched };
  }
  if (vector.kind === "handshake") {
    const { status, body } = vector.response;
    return { verdict: "handshake", status, body, ...untouched };
  }
  return { verdict: "forwarded", status: 200, origin_calls: 1 };
}

/// The address that the sender was given, and the query of this delivery. The hash of the body
/// stands in the query of a delivery, never in the configured address.
function addressOf(vector) {
  const [base, query = ""] = vector.url.split("?");
  const configured = query.split("&").filter((pair) => pair && !pair.startsWith("bodySHA256="));
  const withoutUser = base.replace(/^(https?:\/\/)[^/@]*@/, "$1");
  const wanted = configured.length ? [configured.join("&")] : [];
  return { url: [withoutUser, ...wanted].join("?"), query };
}

/// One vector as the text of a fixture, and the files it needs.
export function fixtureOf(vector) {
  const deviation = deviations[`${vector.provider}/${vector.name}`] ?? {};
  const source = { provider: deviation.slug ?? vector.provider, secrets: [vector.secret] };
  const request = { method: vector.method };
  if (vector.provider === "twilio") {
    const { url, query } = addressOf(vector);
    source.url = url;
    request.query = query;
  }
  const headers = { ...vector.headers };
  const files = {};
  let fetch = "";
  if (vector.aux?.cert_pem !== undefined) {
    const header = Object.keys(headers).find((name) => name.toLowerCase() === "paypal-cert-url");
    if (deviation.certificate !== undefined) headers[header] = deviation.certificate;
    files["certificate.pem"] = `${vector.aux.cert_pem.trim()}\n`;
    fetch = table("[fetch]", { [text(headers[header])]: "certificate.pem" });
  }
  request.headers = Object.entries(headers);
  request.body_base64 = Buffer.from(vector.body, "utf8").toString("base64");
  const parts = [
    table("", {
      shows: `Vector ${vector.name}. ${deviation.why ?? vector.note ?? ""}`.trim(),
      origin: vector.origin === "published" ? "documented" : "made",
      where: vector.source,
    }).trim(),
    table("[source]", { ...source, ...deviation.source }),
    table("[[step]]", { at: vector.now, request, expect: expectation(vector, deviation) }),
    fetch,
  ];
  return { text: `${parts.filter(Boolean).join("\n\n")}\n`, files };
}

/// Writes all fixtures below `folder` and gives their number by provider. Throws when a vector is
/// missing, of an unknown kind, or named twice, and when a deviation names none.
export function convert(vectors, folder) {
  const counts = {};
  const unusedDeviations = new Set(Object.keys(deviations));
  const names = new Set();
  for (const provider of Object.keys(expectedCounts)) {
    rmSync(join(folder, provider), { recursive: true, force: true });
  }
  for (const vector of vectors) {
    if (!(vector.provider in expectedCounts)) continue;
    const name = `${vector.provider}/${vector.name}`;
    if (names.has(name)) throw new Error(`two vectors are named ${name}`);
    if (!["valid", "invalid"].includes(vector.expect)) throw new Error(`${name} expects nothing`);
    names.add(name);
    unusedDeviations.delete(name);
    const path = join(folder, vector.provider);
    mkdirSync(path, { recursive: true });
    const fixture = fixtureOf(vector);
    writeFileSync(join(path, `${vector.name}.toml`), fixture.text);
    for (const [file, content] of Object.entries(fixture.files)) {
      writeFileSync(join(path, file), content);
    }
    counts[vector.provider] = (counts[vector.provider] ?? 0) + 1;
  }
  if (unusedDeviations.size > 0) throw new Error(`no such vector: ${[...unusedDeviations]}`);
  for (const [provider, count] of Object.entries(expectedCounts)) {
    if (counts[provider] !== count) {
      throw new Error(`${provider} has ${counts[provider] ?? 0} vectors, not ${count}`);
    }
  }
  return counts;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [file, folder] = process.argv.slice(2);
  if (file === undefined || folder === undefined) {
    console.error("usage: node tests/vectors/to_fixtures.mjs VECTORS.json FOLDER");
    process.exit(2);
  }
  const counts = convert(JSON.parse(readFileSync(file, "utf8")), folder);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(`${total} vectors of ${Object.keys(counts).length} providers, ` +
              `${Object.keys(deviations).length} of them with a word of ours`);
}
