// What a host knows of a source by its path, before the module sees the delivery.

/** How the path of a source ends that takes whatever stands behind its last slash. */
const any_path_below = '/*';

/**
 * A map whose keys are the paths of sources; `get` is asked by the path of a delivery, as
 * wasm/postern/policy/source_path.h has it. No two sources of a policy take the same path.
 */
export class PathMap extends Map {
  #below;

  get(path) {
    this.#below ??= [...this.keys()].filter((own) => own.endsWith(any_path_below));
    const own = this.#below.find((one) => path.startsWith(one.slice(0, -1)));
    return super.get(own ?? path);
  }
}
