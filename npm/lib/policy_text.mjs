// A policy as an object, as the text of a postern.toml: one grammar, and what the compiler says of
// a line of the text is told by the object's path.

import { setting_of_handler } from '../../hosts/fetch/handler_names.mjs';

/** Settings of the text that a value of the object became. */
const value_prefix = 'POSTERN_VALUE_';

/** What `secrets` becomes where the object has a function: the host asks for each delivery's. */
const per_tenant = 'per-tenant';

const bare_key = /^[A-Za-z0-9_-]+$/;

/** Keys whose values the policy takes from its environment only, as lists or alone. */
const secret_keys = new Set(['secrets', 'sign_forwards']);

/** Longest name of a handler that a policy takes. */
const handler_name_max = 128;

/** Parts of a path: more than any key of a policy has. */
const depth_max = 16;

/**
 * Gives `{ text, path_of_line, with_paths, values, handlers, tenants }` of `policy`:
 * `path_of_line(line)` names what stands there, as `sources.stripe.routes[0].to`, and
 * `with_paths(text)` has such names for those of settings; `values` are those that stood in the
 * object where the text names a setting, by its name, and empty for one that is not set; `handlers`
 * the functions, by the names that were made for them, and `tenants` those that are asked for
 * secrets, by their sources. Throws a TypeError for what no policy can hold, with its path.
 */
export function text_of_policy(policy) {
  const state = {
    lines: [], paths: [], values: new Map(), value_paths: new Map(), handlers: new Map(),
    tenants: new Map(),
  };
  const { version = 1, ...others } = policy;
  write_line(state, `version = ${text_of_value(state, version, ['version'])}`,
    policy.version === undefined ? '' : 'version');
  write_table(state, others, []);
  return {
    text: `${state.lines.join('\n')}\n`,
    path_of_line: (line) => state.paths[line - 1] ?? '',
    with_paths: (text) => text.replace(/\bPOSTERN_VALUE_\d+/g,
      (name) => state.value_paths.get(name) ?? name),
    values: state.values,
    handlers: state.handlers,
    tenants: state.tenants,
  };
}

function write_line({ lines, paths }, text, path) {
  lines.push(text);
  paths.push(path);
}

/** An object with keys, of whatever realm, and not one of a class, such as a Map. */
export function is_table(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
const is_list_of_tables = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(is_table);

/** `sources.stripe.routes[0].to` of `['sources', 'stripe', 'routes', 0, 'to']`. */
export function name_of(path) {
  return path.map((part, at) => {
    if (typeof part === 'number') {
      return `[${part}]`;
    }
    return at === 0 ? key_of(part) : `.${key_of(part)}`;
  }).join('');
}

const key_of = (key) => (bare_key.test(key) ? key : JSON.stringify(key));
const header_of = (path) => path.filter((part) => typeof part !== 'number').map(key_of).join('.');

/** Values first: in TOML what follows a table's head belongs to that table. */
function write_table(state, table, path) {
  expect_shallow(path);
  const entries = Object.entries(table)
    .filter(([key, value]) => value !== undefined || secret_keys.has(key));
  for (const [key, value] of entries) {
    if (!is_table(value) && !is_list_of_tables(value)) {
      const at = [...path, key];
      write_line(state, `${key_of(key)} = ${text_of_value(state, value, at)}`, name_of(at));
    }
  }
  for (const [key, value] of entries) {
    const at = [...path, key];
    if (is_table(value)) {
      write_line(state, `[${header_of(at)}]`, name_of(at));
      write_table(state, value, at);
    } else if (is_list_of_tables(value)) {
      value.forEach((element, number) => {
        write_line(state, `[[${header_of(at)}]]`, name_of([...at, number]));
        write_table(state, element, [...at, number]);
      });
    }
  }
}

function text_of_value(state, value, path) {
  expect_shallow(path);
  const place = path.findLast((part) => typeof part === 'string');
  if ((secret_keys.has(place) || is_parameter(path)) && (value === undefined || value === null ||
    typeof value === 'string')) {
    const name = quoted(setting_of(state, value ?? '', path));
    return path.at(-1) === 'secrets' ? `[${name}]` : name;
  }
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'boolean':
      return String(value);
    case 'number':
      if (Number.isSafeInteger(value)) {
        return String(value);
      }
      break;
    case 'function':
      if (path.at(-1) === 'to') {
        return quoted(handler_of(state, value, path));
      }
      if (path.length === 3 && path[0] === 'sources' && path[2] === 'secrets') {
        state.tenants.set(path[1], value);
        return quoted(per_tenant);
      }
      // A destination of a list is known by itself wherever it stands, which a function is not.
      if (place === 'to') {
        throw new TypeError(`${name_of(path)} is a function: a route has one handler, ` +
          'to: handler, which may do several things, or addresses.');
      }
      break;
    default:
      if (Array.isArray(value)) {
        const elements =
          value.map((element, at) => text_of_value(state, element, [...path, at]));
        return `[${elements.join(', ')}]`;
      }
      if (is_table(value)) {
        const fields = Object.entries(value).filter(([, field]) => field !== undefined)
          .map(([key, field]) => `${key_of(key)} = ${text_of_value(state, field, [...path, key])}`);
        return `{ ${fields.join(', ')} }`;
      }
  }
  throw new TypeError(`${name_of(path)} is ${kind_of(value)}` +
    `${value === undefined ? ': is the environment variable set?'
      : ', which no policy takes there.'}`);
}

/** `sources.NAME.parameters.NAME`: a secret, for all that is known here. */
const is_parameter = (path) =>
  path.length === 4 && path[0] === 'sources' && path[2] === 'parameters';

function expect_shallow(path) {
  if (path.length > depth_max) {
    throw new TypeError(`${name_of(path)} stands deeper than anything of a policy.`);
  }
}

/** Never the value itself, which may be a secret in a form that is none. */
function kind_of(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  if (typeof value === 'object') {
    return `an object of the class ${value.constructor?.name || 'of no name'}`;
  }
  return typeof value === 'number' ? `the number ${value}` : `a ${typeof value}`;
}

/** A secret that stands in the object goes to the module by a setting, never into the policy. */
function setting_of({ values, value_paths }, value, path) {
  if (value.startsWith('env:')) {
    return value;
  }
  const name = `${value_prefix}${values.size}`;
  values.set(name, value);
  value_paths.set(name, name_of(path));
  return `env:${name}`;
}

/** The same for the same place, so that an event that is owed finds its handler after a restart. */
function handler_of({ handlers }, handler, path) {
  const name = name_of(path).replace(/[^\w.[\]-]/g, '_').slice(-handler_name_max);
  handlers.set(name, handler);
  return setting_of_handler(name);
}

/** A basic string of TOML: JSON's escapes are its own, but for DEL. */
const quoted = (text) => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
