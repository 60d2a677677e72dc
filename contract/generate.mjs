// node contract/generate.mjs [--headers FOLDER] [--scripts FOLDER] [--docs]
//
// Writes what follows from contract.mjs: C++ headers below FOLDER, JavaScript into FOLDER, or the
// reference of docs/ABI.md. A file that would not change keeps its time, so that nothing is compiled
// anew for it.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  effect_fields_header, effects_header, numbers_header, rehearsal_header,
} from './core.mjs';
import { with_reference } from './document.mjs';
import { harness_forms_header, harness_header } from './harness.mjs';
import { hosts_header, hosts_scripts } from './hosts.mjs';
import { frames_script, numbers_scripts } from './script.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const document = join(root, 'docs/ABI.md');

function write_changed(path, text) {
  try {
    if (readFileSync(path, 'utf8') === text) {
      return;
    }
  } catch {
    // It is not there yet.
  }
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, text);
  renameSync(fresh, path);
}

const outputs = {
  '--headers': (folder) => {
    write_changed(join(folder, 'postern/contract/numbers.h'), numbers_header());
    write_changed(join(folder, 'postern/contract/effects.h'), effects_header());
    write_changed(join(folder, 'postern/contract/effect_fields.h'), effect_fields_header());
    write_changed(join(folder, 'postern/contract/rehearsal.h'), rehearsal_header());
    write_changed(join(folder, 'harness/contract/frames.h'), harness_header());
    write_changed(join(folder, 'harness/contract/frame_forms.h'), harness_forms_header());
    write_changed(join(folder, 'harness/contract/hosts.h'), hosts_header());
  },
  '--scripts': (folder) => {
    write_changed(join(folder, 'frames.mjs'), frames_script());
    [...numbers_scripts(), ...hosts_scripts()]
      .forEach(([name, text]) => write_changed(join(folder, name), text));
  },
};

const options = process.argv.slice(2);
for (let at = 0; at < options.length; at += 1) {
  if (options[at] === '--docs') {
    write_changed(document, with_reference(readFileSync(document, 'utf8')));
  } else {
    outputs[options[at]](options[at += 1]);
  }
}
