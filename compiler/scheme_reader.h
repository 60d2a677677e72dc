#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/parameter_reader.h"
#include "compiler/storage.h"
#include "compiler/table_reader.h"
#include "postern/policy/policy.h"
#include "postern/scheme/proof.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::compiler {

/// What is known of a sender's behaviour; what is not known is absent.
struct SenderFacts {
  std::optional<std::uint32_t> attempts;
  std::optional<std::uint64_t> horizon_ms;
  std::optional<std::uint64_t> timeout_ms;
  /// Causes of a retry, in the grammar's words; empty when they are not known.
  std::vector<std::string> retried_on;
  std::string source;
};

/// Where a sender says that its deliveries come from, as it stood on one day. Nothing is let in or
/// kept out by it: an operator copies it into `allow_addresses`, and keeps it current.
struct PublishedAddresses {
  std::string checked;
  std::string source;
  /// As `parse_address_range` reads them; empty where a sender publishes none.
  std::vector<std::string> ranges;
};

/// A value that is not signed, with what is said of it.
struct UnsignedValue {
  toml::source_region place;
  std::string_view code;
  std::string_view message;
};

/// One provider file, or the scheme that an operator wrote. Borrows from the `Storage` it was read
/// into.
struct SchemeModel {
  std::string slug;
  std::string name;
  /// The provider that it signs as, by `scheme`; empty where it says itself how it signs.
  std::string signs_as;
  /// Other names that people look for.
  std::vector<PlacedText> aliases;
  std::string manual;
  /// Where an operator finds the secret, or gives one; empty where nothing is known of it.
  std::string secret_place;
  std::string checked;
  std::string confidence;
  std::string notes;
  /// Whether it has errors, so that nothing more can be said of it.
  bool is_broken = false;
  /// The least that one of its rules proves.
  scheme::Proof proof = scheme::Proof::signature;
  /// Bits as in `policy::Source::methods`.
  std::uint8_t methods = 1;
  /// Defaults for sources; 0 for a scheme without a timestamp.
  std::uint32_t max_age_seconds = 0;
  std::uint32_t max_future_seconds = 0;
  SenderFacts sender;
  PublishedAddresses addresses;
  /// Default for sources; empty where the sender reads nothing.
  policy::Acknowledgement acknowledgement;
  scheme::Scheme scheme;
  Parameters parameters;
  /// Event types that count as different where they are not signed.
  std::vector<std::string_view> types;
  /// Identity parts that no signature covers, and what else decides and is covered by none. A
  /// mistake, unless the source says `insecure = true`.
  std::vector<toml::source_region> unsigned_identities;
  std::vector<UnsignedValue> unsigned_values;
};

/// `is_known` is whether it could be read how deliveries are signed. Where it is not, nothing can
/// be said of what depends on it.
[[nodiscard]] inline bool is_known(const SchemeModel& model) {
  return !model.scheme.signatures.empty();
}

enum class SchemeUse : std::uint8_t {
  catalogue,  // A file of the catalogue: must say where its facts come from.
  in_source,  // `[sources.NAME.scheme]`.
};

/// `read_scheme` reads a provider's table. It reports every mistake with its place; when it has
/// reported an error the result must not be used.
[[nodiscard]] SchemeModel read_scheme(const toml::table& table, SchemeUse use, std::string slug,
                                      Storage& storage, Report& report);

/// A scheme that is kept with all that it borrows.
struct KeptScheme {
  Storage storage;
  SchemeModel model;
};

/// `share_scheme` gives the part of it that deliveries are signed and verified by, which keeps all
/// of it alive.
[[nodiscard]] inline std::shared_ptr<const scheme::Scheme> share_scheme(
    const std::shared_ptr<const KeptScheme>& kept) {
  return {kept, &kept->model.scheme};
}

/// `read_own_scheme` reads the `scheme` table of a source by itself, for those who sign by it.
/// Null when it has reported an error.
[[nodiscard]] std::shared_ptr<const scheme::Scheme> read_own_scheme(const toml::table& table,
                                                                    Report& report);

/// `read_methods` gives the bits of a list of method names, or nothing when the key is absent.
[[nodiscard]] std::optional<std::uint8_t> read_methods(TableReader& reader);

/// `method_bits` gives the one of `method`; 0 for one by which no delivery comes.
[[nodiscard]] std::uint8_t method_bits(std::string_view method);

/// `name_of` gives the grammar's word.
[[nodiscard]] std::string_view name_of(scheme::Algorithm algorithm);
[[nodiscard]] std::string_view name_of(scheme::KeyForm form);

/// The word of `confidence` for facts that nothing confirms.
inline constexpr std::string_view one_source = "one-source";

/// Longest time that a signature may be old.
inline constexpr std::uint64_t max_age_limit_ms = 7ULL * 24 * 60 * 60 * 1000;

}  // namespace postern::compiler
