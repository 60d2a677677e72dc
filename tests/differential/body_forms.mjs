// The forms of body by another reader than the gate's: expressions over the bytes, by
// docs/ADDING_A_PROVIDER.md.

const head_bytes = 128;

const expressions = [
  ['json', /^[ \t\n\r]*[[{]/],
  ['xml', /^(\xef\xbb\xbf)?[ \t\n\r]*</],
  ['form', /^[^\x00-\x20\x7f-\xff&"<=]+=/],
];
const boundary = /^--[A-Za-z0-9'()+_,\-./:=? ]{0,69}[A-Za-z0-9'()+_,\-./:=?][ \t]*\r\n/;
const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** The word for the form of `body`, or `other`. */
export function form_of(body) {
  const text = body.toString('latin1');
  const head = text.slice(0, head_bytes);
  if (text === '') {
    return 'empty';
  }
  if (boundary.test(head)) {
    return 'multipart';
  }
  const [found] = expressions.find(([, expression]) => expression.test(text)) ?? [];
  return found ?? (control.test(head) ? 'other' : 'text');
}

/** Whether `body` is one JSON object from its first byte to its last. */
export function is_whole_object(body) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return text.startsWith('{') && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

const sizes = [0, 0, 0, 100, 128, 129, 4000, 4096, 4097, 9000, 70_000];

/** A body of that form, of many sizes, some of them odd. */
export function body_of(form, random) {
  const bytes = random.pick(sizes);
  const filling = (unit) => unit.repeat(Math.ceil(bytes / unit.length));
  const space = random.pick(['', '', ' ', '\r\n\t', filling(' ')]);
  switch (form) {
    case 'empty':
      return Buffer.alloc(0);
    case 'json':
      return Buffer.from(`${space}${random.pick(['{"id":1}', '[1]', '{', '[,'])}${filling(' x')}`);
    case 'xml':
      return Buffer.from(
        `${random.pick(['', '\ufeff'])}${space}<${random.pick(['?xml', 'a/>', '!'])}` +
          filling('<'));
    case 'multipart': {
      const name = random.text(random.between(1, 70), "abcXYZ019'()+_,-./:=?");
      return Buffer.from(`--${name}${random.pick(['', ' ', ' \t'])}\r\n${filling('x\r\n')}`);
    }
    case 'form':
      return Buffer.from(`${random.pick(['a', 'a%5B%5D', '--a', '*', filling('n') || 'n'])}=` +
        filling(random.pick(['v', '&a=1'])));
    case 'text':
      return Buffer.from(random.pick([
        'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9', '12', 'true', '"a=b"', '=a', 'a&b=c', 'a b=c', 'é',
        '--\r\n', '\ufeff{}', ' ', filling('a') || 'a',
      ]) + filling(random.pick([' ', '.', '\u00e9'])));
    default:
      return Buffer.concat([random.pick([Buffer.from([0]), Buffer.from([0x1f, 0x8b]),
        Buffer.from('a b\u007f')]), Buffer.from(filling('z'))]);
  }
}

export const forms = ['empty', 'json', 'xml', 'multipart', 'form', 'text', 'other'];
