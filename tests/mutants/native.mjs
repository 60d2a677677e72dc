// Mutants of the core: compiled as `build/native` compiles it, and linked in front of its library.

import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';

import { copy_from_root, root, run_quietly } from './scratch.mjs';

const build = join(root, 'build/native');

/** The unit tests that are likely to notice, by folder of the core. The whole gate notices most. */
const unit_tests = {
  base: ['base_test', 'json_test', 'gate_test'],
  crypto: ['crypto_test', 'scheme_test'],
  encoding: ['encoding_test', 'scheme_test'],
  gate: ['gate_test'],
  http: ['http_test', 'gate_test'],
  json: ['json_test', 'scheme_test'],
  ledger: ['ledger_test', 'gate_test'],
  policy: ['policy_codec_test', 'gate_test'],
  scheme: ['scheme_test', 'gate_test'],
};

const postern = 'harness/postern';

/** Schedules of a simulation: a second's worth. */
const schedules = '20000';

const after_units = [
  { name: 'fixtures', program: postern, options: ['replay', 'fixtures', '--engine', 'native'] },
  { name: 'simulation', program: postern, options: ['simulate', '--count', schedules] },
];

function checks_of(patch) {
  const folders = new Set(patch.files.map((path) => path.split('/')[2]));
  const programs = new Set([...folders].flatMap((name) => unit_tests[name]));
  const options = ['--gtest_brief=1', '--gtest_fail_fast'];
  const units = [...programs].map((name) => ({ name, program: `tests/${name}`, options }));
  return [...units, ...after_units];
}

export class Native {
  #commands;

  constructor() {
    this.#commands = execFileSync('ninja', ['-C', build, '-t', 'commands'],
      { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n');
  }

  /** The checks of `patches`, on what is built. */
  baseline(patches) {
    const checks = new Map(patches.flatMap(checks_of).map((check) => [check.name, check]));
    return [...checks.values()].map(({ name, program, options }) => ({
      name, run: () => run_quietly(join(build, program), options, { cwd: root }),
    }));
  }

  copy(patch, place) {
    patch.files.forEach((path) => copy_from_root(path, place));
  }

  /** The checks of a mutant, linked one by one as they are needed; null when it is no program. */
  async checks(patch, place) {
    const objects = [];
    for (const path of patch.files) {
      const object = join(place, `${basename(path)}.o`);
      const { failed } = await run_quietly('sh', ['-c', this.#compile(path, place, object)],
        { cwd: build });
      if (failed) {
        return null;
      }
      objects.push(object);
    }
    const linked = new Map();
    const link = async (program) => {
      const output = join(place, basename(program));
      const { failed } = await run_quietly('sh', ['-c', this.#link(program, objects, output)],
        { cwd: build });
      return failed ? null : output;
    };
    const checks = checks_of(patch).map(({ name, program, options }) => ({
      name,
      run: async () => {
        linked.set(program, linked.get(program) ?? await link(program));
        const output = linked.get(program);
        if (output === null) {
          throw new Error(`${patch.name}: ${program} does not link`);
        }
        return run_quietly(output, options, { cwd: root });
      },
    }));
    return checks;
  }

  #compile(path, place, object) {
    const source = join(root, path);
    const command = this.#find((line) => line.endsWith(` -c ${source}`) &&
      line.includes('postern_core.dir'));
    return `${command.replace(/ -M[DTF]( \S+\.o(\.d)?)?/g, '').replace(/ -o \S+/, '')
      .replace(` -c ${source}`, ` -g0 -w -o ${object} -c ${join(place, path)}`)}`;
  }

  #link(program, objects, output) {
    const command = this.#find((line) => line.includes(` -o ${program} `));
    return command.replace(` -o ${program} `,
      ` -fuse-ld=lld -Wl,--strip-debug ${objects.join(' ')} -o ${output} `);
  }

  #find(is_it) {
    const found = this.#commands.find(is_it);
    if (found === undefined) {
      throw new Error('build/native has no command for this: build it first');
    }
    return found;
  }
}
