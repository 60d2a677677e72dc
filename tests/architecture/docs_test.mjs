// What the documents name must exist: fixtures, test files, tests, and the targets of links.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md',
  'npm/README.md',
  ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

const failures = readFileSync('docs/FAILURES.md', 'utf8');

/** The cells of a Markdown table's last column, of rows that are neither head nor rule. */
function last_cells(text) {
  return text.split('\n')
    .filter((line) => line.startsWith('| ') && !line.endsWith('| shown by |'))
    .map((line) => line.split('|').at(-2).trim());
}

/** Names of derived cases, as the harness's tables have them. A challenge's have its number. */
const derived_names = new Set(readdirSync('harness/derive')
  .filter((name) => name.endsWith('_cases.cpp'))
  .flatMap((name) => [...readFileSync(`harness/derive/${name}`, 'utf8')
    .matchAll(/\{"([a-z]+(?:-[a-z]+)*)",\s+"/g)])
  .map(([, name]) => name));

/** Whether `PROVIDER/derived/NAME` is made of a genuine delivery. */
function is_derived(code) {
  const [, provider, name] = /^([a-z-]+)\/derived\/([a-z0-9-]+)$/.exec(code) ?? [];
  return name !== undefined && existsSync(`fixtures/${provider}`) &&
    (derived_names.has(name) || /^challenge(-\d)?(-unproven)?$/.test(name)) &&
    readdirSync(`fixtures/${provider}`).some((file) => file.endsWith('.toml') &&
      /^genuine = /m.test(readFileSync(`fixtures/${provider}/${file}`, 'utf8')));
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
    if (is_derived(code)) {
      file = 'harness/derive/derive_cases.cpp';
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

test('what is derived of a genuine delivery is known, and nothing else passes for it', () => {
  assert.ok(derived_names.size >= 20, `${[...derived_names]}`);
  assert.deepEqual(problems_of('`stripe/derived/age-limit`'), []);
  assert.notDeepEqual(problems_of('`stripe/derived/age-limits`'), []);
  assert.notDeepEqual(problems_of('`gate/derived/age-limit`'), []);
});

test('every failure that the documents tell of is shown by a test', () => {
  const cells = last_cells(failures);
  assert.ok(cells.length >= 30, `${cells.length} rows`);
  assert.deepEqual(cells.flatMap(problems_of), []);
});

/** The rows of each letter of the attack catalogue, as it was drawn up. */
const attacks = {
  A: 28, B: 17, C: 25, D: 15, E: 15, F: 8, G: 18, H: 8, I: 15, J: 10, K: 11, L: 18,
};

/** What stands for a test where no scheme could be attacked so. */
const no_scheme = 'no scheme of this kind yet';

test('every row of the attack catalogue is there once, and is shown by a test', () => {
  const expected = Object.entries(attacks).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`));
  const rows = readFileSync('docs/THREATS.md', 'utf8').split('\n')
    .filter((line) => /^\| [A-L]\d\d \|/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  assert.deepEqual(rows.map(([row]) => row), expected);
  assert.ok(rows.every((cells) => cells.length === 4 && cells.every((cell) => cell !== '')));
  const shown = rows.filter((cells) => cells[3] !== no_scheme);
  assert.ok(shown.length >= 170, `${shown.length} rows are tried`);
  assert.deepEqual(shown.flatMap(([row, , , cell]) =>
    problems_of(cell).map((problem) => `${row}: ${problem}`)), []);
});

/** The lines of a document outside of its examples, as `[number, line]`. */
function prose_of(document) {
  let is_example = false;
  return readFileSync(document, 'utf8').split('\n').flatMap((line, at) => {
    const is_fence = line.startsWith('```');
    is_example = is_fence !== is_example;
    return is_fence || is_example ? [] : [[at + 1, line]];
  });
}

const columns_max = 120;

test('no line of a document is too wide, but in tables and examples', () => {
  const wide = documents.flatMap((document) => prose_of(document)
    .filter(([, line]) => !line.startsWith('|') && [...line].length > columns_max)
    .map(([number]) => `${document}:${number}`));
  assert.deepEqual(wide, []);
});

test('no statement and no row stands twice, as when both sides of a merge were kept', () => {
  // Two that begin alike say one thing, or two things of it in two places.
  const beginning = /^(?:- \*\*[^*]+\*\*|- (?:\S+ ){5}|\| (?:[^|\s]+ ){5})/;
  // Tables of states and of frames have rows that begin alike, by their nature.
  const repeating = /ABI|DUPLICATES/;
  const twice = documents.filter((document) => !repeating.test(document)).flatMap((document) => {
    const seen = new Set();
    return prose_of(document).flatMap(([number, line]) => {
      const [begin] = beginning.exec(line) ?? [];
      const is_second = begin !== undefined && seen.has(begin);
      seen.add(begin);
      return is_second ? [`${document}:${number}: ${begin}`] : [];
    });
  });
  assert.deepEqual(twice, []);
});

test('every name of a mistake is listed, and is shown by a policy', () => {
  const policy = readFileSync('docs/POLICY.md', 'utf8');
  const section = policy.slice(policy.indexOf('## What lint says'));
  const codes_in = (text) =>
    [...text.matchAll(/`([a-z]+(?:-[a-z0-9]+)*)`/g)].map(([, code]) => code);
  const listed = new Set(codes_in(section));

  // What the sources name: the words with hyphens in each call that tells of a mistake.
  const files = [...readdirSync('compiler').map((name) => `compiler/${name}`),
    'harness/commands/lint.cpp', 'harness/commands/policy_files.cpp'];
  const told = files.filter((name) => name.endsWith('.cpp'))
    .map((name) => readFileSync(name, 'utf8'))
    .flatMap((text) => text.match(/\b(?:error|warn|file_error|file_warning)\([^;]*;/g) ?? [])
    .flatMap((call) => [...call.matchAll(/"([a-z]+(?:-[a-z0-9]+)+)"/g)].map(([, code]) => code));
  assert.ok(new Set(told).size >= 80, `${new Set(told).size} codes`);
  const of_fixtures = 'env-in-fixture';
  assert.deepEqual(told.filter((code) => code !== of_fixtures && !listed.has(code)), []);

  const expected = readdirSync('tests/lint').filter((name) => name.endsWith('.toml'))
    .flatMap((name) => readFileSync(`tests/lint/${name}`, 'utf8').split('\n'))
    .flatMap((line) => /^# expect: \S+ (\S+)$/.exec(line)?.[1] ?? []);
  const table = section.split('\n').filter((line) => /^\| [^|]+ \| .*`/.test(line))
    .map((line) => line.replace(/ for `url`/, ''));
  assert.deepEqual(codes_in(table.join('\n')).filter((code) => !expected.includes(code)), []);
});

test('every budget and seed that a search reads is listed', () => {
  const reads = /(?:read_count|read_seed|count_from|seed_from)\(\s*['"](POSTERN_\w+)['"]/g;
  const names = readdirSync('tests', { recursive: true })
    .filter((path) => /\.(mjs|cpp)$/.test(path))
    .flatMap((path) => [...readFileSync(join('tests', path), 'utf8').matchAll(reads)])
    .map(([, name]) => name);
  assert.ok(new Set(names).size >= 20, `${names}`);
  const listed = readFileSync('CONTRIBUTING.md', 'utf8');
  assert.deepEqual(names.filter((name) => !new RegExp(`\`${name}\\b`).test(listed)), []);
});

/** The anchors that a document's headings make, as GitHub makes them. */
function anchors_of(document) {
  return new Set(prose_of(document)
    .flatMap(([, line]) => /^#+ (.*)$/.exec(line)?.[1] ?? [])
    .map((heading) => heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-')));
}

test('every relative link of the documents leads somewhere, to a heading too', () => {
  let headings = 0;
  const broken = documents.flatMap((document) => {
    const text = readFileSync(document, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    return [...text.matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, target]) => !/^[a-z]+:/.test(target))
      .filter(([, target, anchor]) => {
        const file = target === '' ? document : join(dirname(document), target);
        headings += anchor === undefined ? 0 : 1;
        return !existsSync(file) || (anchor !== undefined && !anchors_of(file).has(anchor));
      })
      .map(([, target, anchor]) => `${document}: ${target}${anchor ? `#${anchor}` : ''}`);
  });
  assert.deepEqual(broken, []);
  assert.ok(headings >= 40, `${headings}`);
});
