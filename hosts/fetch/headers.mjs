// Headers between Fetch and the module: a list of pairs on one side, what Fetch takes on the other.

/**
 * Each name once, in lower case and in order, as `Headers` gives them, with the exception it makes
 * for `set-cookie`, whose values come one by one and are joined here as all others are.
 */
export function list_headers(headers) {
  const list = [];
  let last = ['', ''];
  headers.forEach((value, name) => {
    if (last[0] === name) {
      last[1] += `, ${value}`;
    } else {
      last = [name, value];
      list.push(last);
    }
  });
  return list;
}

/** What a `content-length` says in plain digits; 0 for one that says something else. */
export function declared_length(text) {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

/**
 * The pairs of `list` as an object: workerd reads one in half the time that it needs for pairs.
 * Values of one name are joined, as `Headers` would join them.
 */
export function headers_object(list) {
  const headers = Object.create(null);
  for (const [name, value] of list) {
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}
