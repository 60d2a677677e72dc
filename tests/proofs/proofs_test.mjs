// "Nothing unverified reaches the exits" is true by type: here are programs that try to get past
// the types. None of them may compile, and what the compiler says has to match the pattern that the
// program names as its reason; beside them is one that has to compile, by the same flags.
//
// What makes proofs besides their makers is the ticket's decoder, a friend by its name: that nobody
// defines another class of that name is a rule of tests/architecture.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const here = import.meta.dirname;
const commands_file = join(here, '..', '..', 'build', 'native', 'compile_commands.json');

/** Most that one program takes; the shared headers take the longest, on a busy machine. */
const compile_ms_max = 120_000;

/** Compiler and flags, as `build/native` compiles the gate: those that change what a text means. */
function read_command() {
  const commands = JSON.parse(readFileSync(commands_file, 'utf8'));
  const entry = commands.find(({ file }) => file.endsWith('/wasm/postern/gate/permit.cpp'));
  assert.ok(entry !== undefined, `${commands_file} does not compile the gate`);
  const words = entry.command.split(/\s+/);
  const flags = words.filter((word) => /^-(I|D|std=|fno-exceptions$|fno-rtti$)/.test(word));
  assert.ok(flags.some((flag) => flag.startsWith('-I')), `no include path in ${entry.command}`);
  return { compiler: words.find((word) => /clang\+\+(-\d+)?$/.test(word)), flags };
}

/** The programs, each with the reason that it names, or none where it compiles. */
function read_programs() {
  return readdirSync(here).filter((name) => name.endsWith('.cpp')).sort().map((name) => {
    const text = readFileSync(join(here, name), 'utf8');
    const reason = /^\/\/ refused: (.+)$/m.exec(text)?.[1];
    assert.ok((reason !== undefined) !== /^\/\/ compiles$/m.test(text),
      `${name} says neither "refused: REASON" nor "compiles"`);
    return { name, reason, includes: text.match(/^#include .+$/gm) ?? [] };
  });
}

const programs = read_programs();
const { compiler, flags } = read_command();
const place = mkdtempSync(join(tmpdir(), 'postern-proofs-'));
after(() => rmSync(place, { recursive: true, force: true }));

/** All headers of the programs, read once for all of them. */
function compile_headers() {
  const header = join(place, 'headers.h');
  const compiled = `${header}.pch`;
  writeFileSync(header, [...new Set(programs.flatMap(({ includes }) => includes))].join('\n'));
  execFileSync(compiler, [...flags, '-x', 'c++-header', header, '-o', compiled],
    { timeout: compile_ms_max });
  return compiled;
}

const headers = compile_headers();

/** What the compiler says of a program: its errors, and all of its text. */
function compile(name) {
  const options = [...flags, '-include-pch', headers, '-fsyntax-only', '-ferror-limit=0',
    '-fno-color-diagnostics', '-fno-caret-diagnostics', join(here, name)];
  return new Promise((resolve) => {
    execFile(compiler, options, { timeout: compile_ms_max }, (failure, _, text) => {
      resolve({ compiled: failure === null, errors: text.match(/\berror: .+/g) ?? [], text });
    });
  });
}

test('ten programs or more try to get past the types, and one shows the way', () => {
  assert.ok(programs.filter(({ reason }) => reason !== undefined).length >= 10);
  assert.ok(programs.some(({ reason }) => reason === undefined));
});

for (const { name, reason } of programs) {
  test(`${name} ${reason === undefined ? 'compiles' : 'does not compile'}`, async () => {
    const { compiled, errors, text } = await compile(name);
    if (reason === undefined) {
      assert.ok(compiled, text);
      return;
    }
    // One error, so that no other mistake of the program is taken for the reason.
    assert.equal(errors.length, 1, text);
    assert.ok(!compiled && new RegExp(reason).test(text), text);
  });
}
