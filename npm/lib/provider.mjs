// What `postern/providers/NAME` exports: a provider's rules, compiled when the package was built.

/**
 * `files` are the texts of the provider's file and of the one that it signs as, by their slugs, as
 * far as a policy's compiler reads them, and `policy` is base64 of a policy file with one source,
 * whose settings are SECRET and URL. `fetches` are the performers of a provider whose keys are
 * fetched.
 */
export const provider = ({ slug, files, needs_url, fetches, policy }) => Object.freeze({
  slug,
  files,
  needs_url,
  fetches,
  policy: Uint8Array.from(atob(policy), (unit) => unit.charCodeAt(0)),
});
