// Every collected vector of the catalogue's providers gets its verdict from the gate.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { convert, expectedCounts } from "./to_fixtures.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const file = resolve(root, process.env.POSTERN_VECTORS ?? "../shared/vectors/vectors.json");
const postern = resolve(root, process.env.POSTERN ?? "build/postern");
const folder = mkdtempSync(join(tmpdir(), "postern-vectors-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const vectors = JSON.parse(readFileSync(file, "utf8"));

test("every provider's vectors are all used", () => {
  assert.deepEqual(convert(vectors, join(folder, "fixtures")), expectedCounts);
});

test("a vector that is gone is noticed", () => {
  const fewer = vectors.filter((vector) => vector.name !== "octokit-foo-bar");
  assert.throws(() => convert(fewer, join(folder, "fewer")), /github has 6 vectors, not 7/);
});

test("every vector gets its verdict", () => {
  assert.ok(existsSync(postern), `${postern} is not built; see ./dev build`);
  convert(vectors, join(folder, "fixtures"));
  const run = spawnSync(postern, ["replay", join(folder, "fixtures")], { encoding: "utf8" });
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
});
