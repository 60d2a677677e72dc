#!/usr/bin/env node
// `npx postern`. What needs a newer Node than this one is imported behind the check.

const least = [22, 13];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < least[0] || (major === least[0] && minor < least[1])) {
  process.stderr.write('postern needs Node ' + least.join('.') + ' or a newer one, and this is ' +
    'Node ' + process.versions.node + '.\n');
  process.exitCode = 2;
} else {
  import('./run.mjs').then(function (module) {
    return module.run(process.argv.slice(2));
  });
}
