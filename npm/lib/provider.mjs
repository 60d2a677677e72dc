// What `postern/providers/NAME` exports: a provider's rules, compiled when the package was built.

/**
 * `files` are the texts of the provider's file and of the one that it signs as, by their slugs, as
 * far as a policy's compiler reads them, and `policy` is a policy file with one source, a character
 * for each byte, whose settings are SECRET, URL and PARAMETER_NAME of each of `parameters`, the
 * names of what the provider leaves to its user. `way` is how it is verified, one of those in
 * verifying/, and `fetches` are the performers of a provider whose keys are fetched. `signs_path`
 * says that the path of each request is signed.
 */
export const provider = ({
  slug, files, needs_url, signs_path, parameters = [], way, fetches, policy,
}) => Object.freeze({
  slug,
  files,
  needs_url,
  signs_path,
  parameters: Object.freeze(parameters),
  way,
  fetches,
  policy: Uint8Array.from(policy, (unit) => unit.charCodeAt(0)),
});
