// What two hosts must have in common for one to go on with the other's deliveries: the form of what
// they hand over, the module, the policy and the settings. While a deployment is under way they
// differ for minutes.

import { Writer, bytes_of, hex_of } from './wire.mjs';

/** Where the linker leaves a hash of the module. */
const section_name = 'build_id';

/** The form of what hosts hand to each other and get back: raised with every change of it. */
const handover_version = 2;

/**
 * Gives `() => text`, the same for equal parts only, or a promise of it the first time; null for a
 * module that does not say which one it is. Among the settings are secrets: it is compared, and
 * told to nobody else.
 */
export function make_identity({ compiled, policy, settings }, subtle) {
  let known = null;
  return () => known ?? make();

  async function make() {
    const sections = WebAssembly.Module.customSections(compiled, section_name);
    if (sections.length !== 1) {
      return null;
    }
    const writer = new Writer();
    writer.u8(handover_version);
    writer.bytes32(new Uint8Array(sections[0]));
    writer.bytes32(policy);
    writer.list16(settings, (into, text) => into.bytes32(bytes_of(text)));
    known = hex_of(new Uint8Array(await subtle.digest('SHA-256', writer.written())));
    return known;
  }
}
