// No decision depends on a provider's name, nor on its headers' names beyond what its file says of
// them: with all of them renamed, in the catalogue and in the fixtures alike, every case ends as it
// did. The rule that keeps names out of the code is tests/architecture/words.mjs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync }
  from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { facts_of } from "../architecture/words.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const postern = resolve(root, process.env.POSTERN ?? "build/postern");
const folder = mkdtempSync(join(tmpdir(), "postern-renamed-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const files = readdirSync(join(root, "wasm/providers")).filter((name) => name.endsWith(".toml"));

const catalogue = files.map((file) => {
  const text = readFileSync(join(root, "wasm/providers", file), "utf8");
  const facts = facts_of({ path: file, text });
  // Long names first: none is the beginning of another one that is replaced later.
  facts.marks.sort((a, b) => b.length - a.length);
  return { text, facts };
});
const slugs = catalogue.map(({ facts }) => facts.slug);

/** The text with every header of the provider's own under another name, and the provider too. */
function renamed(text, { slug, marks }, number) {
  const headers = marks.filter((mark) => mark === mark.toLowerCase() && mark !== slug &&
    !mark.includes("."));
  const other = headers.reduce((changed, header, at) => changed.replaceAll(
    new RegExp(`(?<=["{, :])${header}`, "gi"),
    `h${number}-${at}-${header.endsWith("-") ? "" : "z"}`), text);
  return other.replaceAll(`provider = "${slug}"`, `provider = "sender-${number}"`)
    .replace(`scheme = "${slug}"`, `scheme = "sender-${number}"`)
    .replace(/^name = ".*"$/m, `name = "Sender ${number}"`);
}

/** Who signs as another provider has that one's headers, in its file and in its deliveries. */
function copy_renamed({ text, facts }, number) {
  const [, followed] = /^scheme = "(.+)"$/m.exec(text) ?? [];
  const of_both = (written) => [number, slugs.indexOf(followed)].filter((at) => at >= 0)
    .reduceRight((changed, at) => renamed(changed, catalogue[at].facts, at), written);
  writeFileSync(join(folder, "providers", `sender-${number}.toml`), of_both(text));
  const target = join(folder, "fixtures", `sender-${number}`);
  cpSync(join(root, "fixtures", facts.slug), target, { recursive: true });
  for (const name of readdirSync(target).filter((one) => one.endsWith(".toml"))) {
    writeFileSync(join(target, name), of_both(readFileSync(join(target, name), "utf8")));
  }
}

function verdicts(...args) {
  const { status, stdout, stderr } = spawnSync(postern, ["replay", "--report", "json=-", ...args],
    { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  const { cases } = status > 1 ? { cases: [] } : JSON.parse(stdout);
  assert.deepEqual(cases.flatMap(({ failures }) => failures), [], stderr);
  assert.equal(status, 0, stderr);
  return cases.map(({ provider, case: name, steps }) =>
    ({ provider, name, steps }));
}

test("providers under other names, with other headers, are judged alike", () => {
  mkdirSync(join(folder, "providers"));
  catalogue.forEach(copy_renamed);
  const all = verdicts(...slugs.map((slug) => join("fixtures", slug)));
  const other = verdicts(join(folder, "fixtures"), "--providers", join(folder, "providers"));
  files.forEach((file, number) => {
    const before = all.filter(({ provider }) => provider === slugs[number]);
    const after_it = other.filter(({ provider }) => provider === `sender-${number}`);
    assert.ok(before.length >= 10, file);
    assert.deepEqual(after_it.map(({ name, steps }) => ({ name, steps })),
      before.map(({ name, steps }) => ({ name, steps })), file);
  });
});

test("the renaming reaches the headers that a signature stands in", () => {
  const [{ text, facts }] = catalogue;
  assert.ok(facts.marks.length > 0);
  assert.notEqual(renamed(text, facts, 0), text);
});
