/**
 * The exports of a new instance of `compiled`, a WebAssembly.Module without imports. Or `compiled`
 * is a function that gives them of an instance that something else has started, of a new one each
 * time that the last one has failed: docs/EMSCRIPTEN.md.
 */
export function start_instance(compiled) {
  if (typeof compiled === 'function') {
    return compiled();
  }
  const { exports } = new WebAssembly.Instance(compiled, {});
  exports._initialize();
  return exports;
}
