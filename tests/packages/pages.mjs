// Runs what a page tells its reader to do, in an empty folder, and compares what the page shows.
//
//   ```js, json, toml   whose first line is a comment with a file's name: it is saved as that file
//   ```sh         is run, in one shell from the first block to the last; its last command succeeds,
//                 or fails where the fence says `sh fails`
//   ```text       right behind an `sh` block: what that block printed, where keys, times and other
//                 chances of the day stand for any of their kind

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';

import { make_project, root } from './packed.mjs';

const block_ms_max = 60_000;

/** The blocks of `page`, a path in the tree: `{ kind, words, text, line }`. */
export function blocks_of(page) {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^(`{3,})(\w*)([^\n]*)\n([\s\S]*?)^\1$/gm)].map((match) => ({
    kind: match[2], words: match[3].trim(), text: match[4],
    line: text.slice(0, match.index).split('\n').length, end: match.index + match[0].length,
    begin: match.index,
  })).map((block, at, all) => ({
    ...block,
    is_behind: at > 0 && text.slice(all[at - 1].end, block.begin).trim() === '',
  }));
}

/** What differs from run to run stands for any of its kind. */
const chances = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\b[0-9a-f]{64}\b/g, 'KEY'],
  [/\b[0-9a-f]{32}\b/g, 'REFERENCE'],
  [/\b\d{15,20}\b/g, 'EPOCH'],
  [/\bt=\d{10}\b/g, 't=SECONDS'],
  [/("\w+_(?:ms|s)":)\d+/g, '$1N'],
  [/\b\d+ (ms|s ago)\b/g, 'N $1'],
];

/** What a shell says of its jobs when it likes to. */
const of_jobs = /^\[\d+\][ +-].*\n/gm;

const normal = (text) => chances
  .reduce((result, [pattern, word]) => result.replace(pattern, word), text)
  .split('\n').map((line) => line.trimEnd()).join('\n').trim();

/** As many free ports of loopback as `count`. */
export async function free_ports(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A shell that runs blocks one after another, and what each of them printed. */
function start_shell(folder, env) {
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder, detached: true, stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env, HOME: folder, CI: '1', NO_COLOR: '1',
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false',
      npm_config_update_notifier: 'false', ...env,
    },
  });
  let said = '';
  shell.stdout.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  // Jobs in groups of their own, as in a terminal: `kill %1` reaches what npx starts, too.
  shell.stdin.write('set -m; exec 2>&1\n');
  return {
    async run(text) {
      const mark = `end-${randomBytes(8).toString('hex')}`;
      said = '';
      shell.stdin.write(`${text}\necho "${mark} $?"\n`);
      const until = Date.now() + block_ms_max;
      const end = new RegExp(`${mark} (\\d+)\n`);
      while (!end.test(said)) {
        assert.ok(Date.now() < until && shell.exitCode === null, `it does not end:\n${said}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const [found, status] = end.exec(said);
      const out = said.slice(0, said.indexOf(found)).replace(of_jobs, '');
      return { status: Number(status), out };
    },
    async end() {
      shell.stdin.end('for job in $(jobs -p); do kill -- "-$job"; done; wait; exit\n');
      await (shell.exitCode === null && once(shell, 'exit'));
    },
  };
}

/** The files that a page shows, with their names: `[[name, text]]`. */
const files_of = (page) => blocks_of(page).flatMap(({ kind, text }) => {
  const [, name] = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text) ?? [];
  return name === undefined || kind === 'sh' ? [] : [[name, text]];
});

/** Saves the files that `page` shows in `folder`. Gives their names. */
export function save_files(page, folder, replaced = []) {
  return files_of(page).map(([name, text]) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), with_replaced(text, replaced));
    return name;
  });
}

const with_replaced = (text, replaced) =>
  replaced.reduce((result, [from, to]) => result.replaceAll(from, to), text);

/**
 * Does what `page` says, in `folder`. `replaced` is what stands otherwise here, such as a port:
 * `[[text, other]]`, in files, commands and outputs alike. Gives `{ runs, compared }`: how many
 * blocks were run, and how many of their outputs the page shows.
 */
export async function follow(page, folder, { replaced = [], env = {} } = {}) {
  const said = (text) => with_replaced(text, replaced);
  const shell = start_shell(folder, env);
  const counts = { runs: 0, compared: 0 };
  let here = folder;
  let last;
  try {
    for (const { kind, words, text, line, is_behind } of blocks_of(page)) {
      const place = `${page}:${line}`;
      if (kind === 'sh') {
        last = await shell.run(said(text));
        const has_failed = last.status !== 0;
        assert.equal(has_failed, words === 'fails', `${place}: ${last.status}\n${last.out}`);
        counts.runs += 1;
        here = (await shell.run('pwd')).out.trim();
      } else if (kind === 'text' && is_behind && last !== undefined) {
        assert.equal(normal(last.out), normal(said(text)), place);
        counts.compared += 1;
      } else {
        const [, name] = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text) ?? [];
        if (name !== undefined) {
          writeFileSync(join(here, name), said(text));
        }
      }
      last = kind === 'sh' ? last : undefined;
    }
  } finally {
    await shell.end();
  }
  return counts;
}

/** An installed project whose `npx` finds the package, and those tools of this tree. */
export function make_runnable(name, tools = []) {
  const folder = make_project(name, { dependencies: tools });
  const bin = join(folder, 'node_modules/.bin');
  mkdirSync(bin);
  // As npm does it.
  chmodSync(join(bin, '../postern/npm/cli/main.mjs'), 0o755);
  symlinkSync('../postern/npm/cli/main.mjs', join(bin, 'postern'));
  tools.forEach((tool) => symlinkSync(join(root, 'node_modules/.bin', tool), join(bin, tool)));
  return folder;
}

/** Follows the page, and sees to it that all was run and compared. Gives how much was run. */
export async function follow_whole(page, folder, options) {
  const { runs, compared } = await follow(page, folder, options);
  const blocks = blocks_of(page);
  assert.equal(runs, blocks.filter(({ kind }) => kind === 'sh').length);
  assert.equal(compared, blocks.filter(({ kind, is_behind }, at) =>
    kind === 'text' && is_behind && blocks[at - 1]?.kind === 'sh').length);
  return runs;
}
