const compiled = new Map();

/** The module that `text` is in base64, compiled once. */
export function load(text) {
  let module = compiled.get(text);
  if (module === undefined) {
    module = new WebAssembly.Module(Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0)));
    compiled.set(text, module);
  }
  return module;
}
