// How a policy names functions of the program that its gate runs in: `handler:NAME` is a setting,
// whose value is an address that nobody has, and a forward to that address is a call.

const mark = 'handler:';

/** `.invalid` is nobody's name. */
const origin = 'https://handler.invalid/';

export const setting_of_handler = (name) => mark + name;

/** Whether it names a function, and no value of the environment. */
export const is_handler_setting = (setting_name) => setting_name.startsWith(mark);

/** The value of that setting. */
export const address_of_handler = (setting_name) =>
  origin + encodeURIComponent(setting_name.slice(mark.length));

/** The function's name behind an address to forward to; null for an origin's. */
export function handler_at(url) {
  if (!url.startsWith(origin)) {
    return null;
  }
  const end = url.indexOf('?');
  return decodeURIComponent(url.slice(origin.length, end < 0 ? url.length : end));
}

/** Names of the functions that a policy delivers to, by the names of its settings. */
export const handlers_among = (setting_names) =>
  setting_names.filter(is_handler_setting).map((name) => name.slice(mark.length));
