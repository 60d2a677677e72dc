// What the documents name must exist: fixtures, test files, tests, and the targets of links.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const failures = readFileSync('docs/FAILURES.md', 'utf8');

/** The cells of a Markdown table's last column, of rows that are neither head nor rule. */
function last_cells(text) {
  return text.split('\n')
    .filter((line) => line.startsWith('| ') && !line.endsWith('| shown by |'))
    .map((line) => line.split('|').at(-2).trim());
}

function problems_of(cell) {
  const problems = [];
  let file = null;
  for (const [, code, title] of cell.matchAll(/`([^`]+)`|\*([^*]+)\*/g)) {
    if (title !== undefined) {
      const has_title = file !== null && readFileSync(file, 'utf8').includes(title);
      problems.push(...(has_title ? [] : [`${file} has no test "${title}"`]));
      continue;
    }
    file = code.includes('.') ? code : `fixtures/${code}.toml`;
    if (!existsSync(file)) {
      problems.push(`${file} does not exist`);
      return problems;
    }
  }
  return file === null ? [`nothing shows "${cell}"`] : problems;
}

test('every failure that the documents tell of is shown by a test', () => {
  const cells = last_cells(failures);
  assert.ok(cells.length >= 30, `${cells.length} rows`);
  assert.deepEqual(cells.flatMap(problems_of), []);
});

test('every relative link of the documents leads somewhere', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md',
    ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
  const broken = documents.flatMap((document) => {
    const text = readFileSync(document, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(dirname(document), target)))
      .map((target) => `${document}: ${target}`);
  });
  assert.deepEqual(broken, []);
});
