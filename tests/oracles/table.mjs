// docs/ORACLES.md: whose code verifies what, as the tests run it. Prints it, or writes it with
// `--write`: node tests/oracles/table.mjs --write

import { readFileSync, writeFileSync } from 'node:fs';

import { senders } from '../differential/senders.mjs';
import { file_of, providers, scheme_of } from './catalogue.mjs';
import { with_version } from './packages.mjs';
import { shared_verifiers, verifiers } from './verifiers.mjs';

const { devDependencies } =
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const page = new URL('../../docs/ORACLES.md', import.meta.url);

const head = `# Whose code agrees

A test that expects what our own code says proves nothing. So for each provider below somebody
else's code judges the same deliveries: the sender's own package where it has one for JavaScript,
else one that verifies for many senders. Deliveries are signed by \`sign\` of \`postern/testing\`,
most of them are then changed, and each goes to a gate and to the package. What the gate accepts the
package must accept too; the reverse differs only for the reasons of
\`tests/oracles/disagreements.mjs\` and the tables of \`tests/differential/senders\`, each of which
is looked for in the delivery itself.

All other providers are verified by an implementation of the tests that reads the providers' files
by itself (\`tests/property/independent_verifier.h\`), and by published vectors where there are any
(\`confidence = "vector"\`).

\`node tests/oracles/table.mjs --write\` makes this page; \`./dev test\` compares it.

| provider | package |
|---|---|
`;

/** By provider the packages that judge its deliveries, with their versions. */
function packages_of(provider) {
  const own = (verifiers[provider] ?? []).map((oracle) => with_version(oracle.package));
  const shared = shared_verifiers[scheme_of(provider)];
  const searched = senders.filter((sender) => sender.provider === provider)
    .map(({ name }) => `${name} ${devDependencies[name]}`);
  return [...new Set([
    ...searched, ...own, ...(shared === undefined ? [] : [with_version(shared.package)]),
  ])];
}

/** The page as it must be. */
export function oracles_page() {
  const rows = providers.map((provider) => [provider, packages_of(provider)])
    .filter(([, packages]) => packages.length > 0);
  const lines = rows.map(([provider, packages]) => `| ${provider} | ${packages.join(', ')} |`);
  return `${head}${lines.join('\n')}\n\n${rows.length} of ${providers.length} providers.\n`;
}

export const written_page = () => readFileSync(page, 'utf8');

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (process.argv[2] === '--write') {
    writeFileSync(page, oracles_page());
  } else {
    process.stdout.write(oracles_page());
  }
}
