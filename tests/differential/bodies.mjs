// Bodies as senders write them, and some that none would.

/** Where the module takes a body along in its first frame, and where it leaves it to the host. */
export const inline_bytes = 4096;
export const body_bytes_max = 1 << 20;

const odd_texts = [
  '', ' ', '\u0000', 'a\u0000b', '\u001f', '"\\/\b\f\n\r\t', 'naïve', 'Ωmega', '日本語', '🔑🚪',
  '\ufffd', 'e\u0301', '\u2028\u2029', '\u007f', '\uffff', '\u{10ffff}', '</script>', '%00',
  "O'Neil", 'null',
];
const odd_numbers = [0, -0, 1, -1, 0.1, 1e21, 1e-7, 2 ** 53, -(2 ** 31), 1.7976931348623157e308];

function any_value(random, depth) {
  const kinds = depth > 0 ? 8 : 6;
  switch (random.between(0, kinds - 1)) {
    case 0: return random.pick(odd_texts);
    case 1: return random.pick(odd_numbers);
    case 2: return random.chance(0.5);
    case 3: return null;
    case 4: return random.text(random.between(0, 40));
    case 5: return random.chance(0.5) ? {} : [];
    case 6: return Array.from({ length: random.between(0, 4) }, () => any_value(random, depth - 1));
    default: return any_object(random, depth - 1);
  }
}

/** Names begin with `k`, so that none is one that a scheme reads. */
function any_object(random, depth) {
  return Object.fromEntries(Array.from({ length: random.between(0, 4) }, () => [
    `k${random.pick(odd_texts)}${random.text(2)}`, any_value(random, depth),
  ]));
}

const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** JSON in one of the spellings that serializers have for one value. */
export function spell_json(random, value) {
  const text = JSON.stringify(value, null, random.pick(['', '', '', 1, 2, '\t']));
  const spelled = random.chance(0.3) ? text.replace(/[\u007f-\uffff]/g, escaped) : text;
  return random.chance(0.1) ? `${spelled}\n` : spelled;
}

/** How many bytes a body is to have, 0 for any number. */
function wanted_bytes(random) {
  const roll = random.between(1, 1000);
  if (roll <= 600) {
    return 0;
  }
  if (roll <= 800) {
    return inline_bytes + random.between(-9, 9);
  }
  if (roll <= 960) {
    return random.between(1000, 8000);
  }
  return roll <= 997 ? 65536 + random.between(-2, 2) : body_bytes_max - random.between(0, 1);
}

/** A JSON object with `fields` somewhere in it, as bytes. */
export function json_body(random, fields) {
  const before = any_object(random, 3);
  const after = any_object(random, 2);
  const content = { ...before, ...fields, ...after };
  const shortest = spell_json(random, content);
  const missing = wanted_bytes(random) - Buffer.byteLength(shortest);
  if (missing <= 9) {
    return Buffer.from(shortest);
  }
  // `"pad":"…",` more: nine bytes beside the filling, eight in an object without other members.
  const filling = missing - (Object.keys(content).length === 0 ? 8 : 9);
  const rest = shortest.slice(shortest.indexOf('{') + 1);
  const comma = Object.keys(content).length === 0 ? '' : ',';
  return Buffer.from(`{"pad":"${'x'.repeat(Math.max(0, filling))}"${comma}${rest}`);
}

/** Any body at all, for a scheme that does not look into it. */
export function any_body(random) {
  const roll = random.between(0, 9);
  if (roll === 0) {
    return Buffer.from(random.pick(['{}', '[]', 'null', '0', '""', ' ', '\n', '\ufeff{}']));
  }
  if (roll === 1) {
    return Buffer.from(random.pick(odd_texts) + random.text(random.between(1, 70)));
  }
  return json_body(random, {});
}

const form_texts = [
  '', ' ', 'a b', 'a+b', '&', '=', '%', 'naïve', '日本語', '🔑', "O'Neil", '\n', '+15550100',
];

/** They begin with a letter, as those of senders do that sign forms without separators. */
const form_names = [
  'Body', 'From', 'To', 'MessageSid', 'a', 'A', 'a[]', 'aÜ', 'a1', 'a10', 'a2', 'a.b',
  'constructor', 'SipHeader_x-y', 'a/b', 'b?c',
];

/** Fields as name and value, some repeated, for a form. */
export function form_fields(random) {
  const fields = [['MessageSid', `SM${random.text(32, '0123456789abcdef')}`]];
  for (let count = random.between(0, 12); count > 0; count -= 1) {
    const value = random.chance(0.5) ? random.pick(form_texts) : random.text(random.between(0, 30));
    fields.push([random.pick(form_names), value]);
  }
  if (random.chance(0.1)) {
    fields.push(['Body', 'x'.repeat(wanted_bytes(random) % 70000)]);
  }
  return fields;
}

/** A form in one of its spellings. */
export function spell_form(random, fields) {
  const text = new URLSearchParams(fields).toString();
  return Buffer.from(random.chance(0.3) ? text.replaceAll('+', '%20') : text);
}

/** The fields of a form that every parser reads alike, or null for one that some would repair. */
export function read_plain_form(body) {
  const pairs = body.byteLength === 0 ? [] : body.toString('latin1').split('&');
  try {
    return pairs.map((pair) => {
      const [name, ...values] = pair.split('=');
      if (name === '' || values.length === 0) {
        throw new URIError('a pair without a name or a value');
      }
      const decode = (text) => {
        const bytes = Buffer.from(text, 'latin1').toString('utf8');
        if (bytes.includes('\ufffd')) {
          throw new URIError('no UTF-8, or a character that stands for that');
        }
        return decodeURIComponent(bytes.replaceAll('+', ' '));
      };
      const field = [decode(name), decode(values.join('='))];
      if (field.join('').includes('\0')) {
        throw new URIError('a byte that ends texts elsewhere');
      }
      return field;
    });
  } catch {
    return null;
  }
}
