#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/character_set.h"
#include "postern/http/body_form.h"
#include "postern/json/extract.h"
#include "postern/scheme/algorithm.h"
#include "postern/scheme/place.h"

// How a provider signs, as data. `wasm/providers/NAME.toml` and `[sources.NAME.scheme]` are written
// in this vocabulary; the harness compiles them to the policy file, and `verify` evaluates them.
// All text borrows from the compiled policy, which lives as long as the module's configuration.

namespace postern::scheme {

/// Most alternatives of a scheme (`[[signature]]`), most event shapes, challenges and conditions.
/// The widest provider known has two, three, two and three.
inline constexpr std::size_t signature_rules_max = 4;
inline constexpr std::size_t event_rules_max = 8;
inline constexpr std::size_t challenges_max = 8;
inline constexpr std::size_t conditions_max = 8;

/// Most pieces of a signed text; the longest known has seven. The body may be two of them.
inline constexpr std::size_t content_parts_max = 16;
inline constexpr std::size_t content_bodies_max = 2;

/// Most parts of a challenge's reply, its headers among them. The longest known has five.
inline constexpr std::size_t reply_parts_max = 16;

/// Most values that a scheme leaves to the source. The richest known has one.
inline constexpr std::size_t parameters_max = 8;

/// Longest of them, in bytes of visible ASCII. Operators choose some forty.
inline constexpr std::size_t parameter_bytes_max = 256;

/// Most stretches of a signed text that may be left out: each doubles the texts that have to be
/// told apart. The richest known has two.
inline constexpr std::uint8_t optionals_max = 2;

/// Most parts that make one identity.
inline constexpr std::size_t identity_parts_max = 4;

/// Most headers that one list lets through to the origin. The longest list known has nine.
inline constexpr std::size_t listed_headers_max = 32;

/// Most headers that make one hint. The richest known has one, in two spellings.
inline constexpr std::size_t hints_max = 4;

/// Most signature values in one delivery. Senders send one, two while a secret is being rotated.
inline constexpr std::size_t candidates_max = 16;

/// Most public-key checks of one key. Each costs a host some 60 us and a hash of all that is
/// signed, so a rule of such a kind has at most so many signature values, and half of them where
/// each is tried with two spellings of the URL.
inline constexpr std::size_t checks_per_key_max = 2;

/// Most items of a list that may be left out, or counted; the longest known list has four.
inline constexpr std::uint8_t counted_items_max = 15;

/// What `Locator::item` is where every key is wanted.
inline constexpr std::string_view any_item = "*";

/// Where one text value stands in a delivery, and how to cut it out of what stands around it.
struct Locator {
  Place place = Place::none;
  /// The header (lower case), form field or query parameter. Empty for `Place::body`.
  std::string_view name{};
  /// For `Place::body`, a pointer into the JSON body. For `Place::form`, a pointer into JSON held
  /// by that form field, or no tokens.
  json::Pointer pointer{};
  bool has_pointer = false;
  /// 0: the value is one item. Otherwise items are separated by it.
  char separator = 0;
  /// 0: a list. Otherwise a list of lists, with this between them: all items count alike, and what
  /// may be there once may be in each list, the same in all.
  char groups = 0;
  /// One blank may follow a separator.
  bool has_blanks = false;
  /// Items that are left out at the front, and how many behind them are taken; 0 for all.
  std::uint8_t skip = 0;
  std::uint8_t take = 0;
  /// 0: an item is the value itself. Otherwise an item is `key`, this character, and the value.
  char pair = 0;
  /// The key of the wanted items; others are ignored. Empty when `pair` is 0, `any_item` for all.
  std::string_view item{};
  /// Must stand before the value and is cut off; its absence makes the value malformed.
  std::string_view prefix{};
};

enum class Encoding : std::uint8_t {
  text = 0,
  hex = 1,  // In lower case.
  base64 = 2,
  base64url = 3,
  hex_any = 4,  // In either case.
};

/// How a configured secret becomes key bytes.
enum class KeyForm : std::uint8_t {
  utf8 = 0,    // The text's own bytes.
  hex = 1,     // Hex in either case.
  base64 = 2,  // Standard base64, canonical.
  pem = 3,     // SubjectPublicKeyInfo in PEM.
  spki = 4,    // SubjectPublicKeyInfo in base64 without armour.
  fetched =
      5,     // The secret is an identifier; the key is a certificate that the delivery points at.
  html = 6,  // As `utf8`, but the sender keeps it with HTML's special characters escaped.
  base64url = 7,  // Base64 with the alphabet for URLs, without padding.
};

enum class PrefixRule : std::uint8_t { optional = 0, required = 1 };

struct KeyRule {
  KeyForm form = KeyForm::utf8;
  /// Cut off before decoding, such as `whsec_`. Empty for none.
  std::string_view prefix;
  PrefixRule prefix_rule = PrefixRule::optional;
  /// Bounds of the decoded key. 0 and 0 mean: not empty.
  std::uint16_t bytes_min = 0;
  std::uint16_t bytes_max = 0;
};

/// The remote certificate of a `fetched` key.
struct KeyFetch {
  Locator url;
  /// Exact host names; https, default port, no user part, no other host is ever asked.
  std::span<const std::string_view> hosts;
  /// The URL's path must begin with this.
  std::string_view path_prefix;
  /// The certificate's common name must be one of these.
  std::span<const std::string_view> names;
  std::uint32_t cache_seconds = 0;
};

enum class PartKind : std::uint8_t {
  literal = 1,    // `text`
  body = 2,       // The bytes as received.
  timestamp = 3,  // The timestamp's text as received.
  id = 4,         // The delivery id's text as received.
  header = 5,     // Header `text`.
  method = 6,
  url = 7,  // The configured URL with the query as received.
  path = 8,
  query = 9,
  field = 10,        // JSON string at `pointer`, unescaped.
  form_sorted = 11,  // Names and values of the form, sorted, without separators.
  sha256_body = 12,  // Lower-case hex.
  crc32_body = 13,   // Unsigned decimal.
  secret = 14,       // The slot's text, for schemes whose configured value is signed, not secret.
  parameter = 15,    // Query parameter `text`, decoded.
  form_field = 16,   // Field `text` of a form, decoded.
  number = 17,       // JSON number at `pointer`, as it is written.
  truth = 18,        // JSON truth value at `pointer`: `true` or `false`.
};

struct Part {
  PartKind kind = PartKind::literal;
  std::string_view text;
  json::Pointer pointer;
  /// Of a `header` or a `field`: all that its text may be made of. Of `form_sorted`: what the name
  /// of a field may begin with. Empty: anything. So that a signed text has one reading.
  CharacterSet alphabet{};
  /// 0: always there. Otherwise the number of an optional stretch, all of which is left out where
  /// one of its values is not in the delivery.
  std::uint8_t optional = 0;
};

/// What kind of body a rule is for. Told from the body's own bytes, which are signed, never from
/// the content type, which is not: JSON begins with `{` or `[`, a form with neither.
enum class BodyFormat : std::uint8_t { any = 0, json = 1, form = 2 };

/// Whether a content that holds the URL is also tried with the default port written the other way.
enum class PortRule : std::uint8_t { exact = 0, either = 1 };

/// One way in which a provider signs. A scheme has one, or several told apart by body or key.
struct SignatureRule {
  Algorithm algorithm = Algorithm::hmac_sha256;
  BodyFormat format = BodyFormat::any;
  Locator from;
  Encoding encoding = Encoding::hex;
  std::span<const Part> content;
  KeyRule key;
  KeyFetch fetch;
  PortRule ports = PortRule::exact;
  /// Query parameter that must hold the body's SHA-256 in hex; empty for none.
  std::string_view body_hash_query;
};

enum class TimeUnit : std::uint8_t {
  none = 0,
  seconds = 1,
  milliseconds = 2,
  rfc3339 = 3,
  iso_utc = 4,    // As `rfc3339`, but the zone may be missing, and is UTC then.
  http_date = 5,  // `Sun, 06 Nov 1994 08:49:37 GMT`, all that a header has.
  either = 6,     // Seconds below `milliseconds_from`, milliseconds from it on.
};

/// The first number that is milliseconds where a sender writes either: seconds of the year 5138,
/// and a millisecond of 1973, when nothing was signed.
inline constexpr std::uint64_t milliseconds_from = 100'000'000'000;

struct TimestampRule {
  TimeUnit unit = TimeUnit::none;
  Locator from;
};

/// One thing that must hold of a delivery for a rule to apply.
struct Condition {
  enum class Test : std::uint8_t {
    present = 1,
    absent = 2,
    equals = 3,  // A string (or text) that is exactly `text`.
    number = 4,  // A JSON number written exactly as `text`.
    digits = 5,  // Decimal digits only, at least one.
    // A safe token to send back: 1 to `challenge_text_bytes_max` characters of [A-Za-z0-9_.~=+/-].
    token = 6,
    parameter = 7,  // What the source has for `parameter`, a secret: compared in constant time.
  };
  Test test = Test::present;
  Locator at;
  std::string_view text;
  /// Number of the scheme's parameter, for `Test::parameter`.
  std::uint8_t parameter = 0;
};

/// Longest text of a challenge that is sent back, so that the gate cannot be made to reflect a
/// page.
inline constexpr std::size_t challenge_text_bytes_max = 256;

enum class IdentityKind : std::uint8_t {
  locator = 1,         // The value at `at`.
  signed_content = 2,  // SHA-256 of all that the signature covers.
  body = 3,            // SHA-256 of the body.
};

/// What the same identity under another hint is: the type where it is not signed, and unsigned
/// headers that a sender always sends and an honest retry keeps.
enum class SameContent : std::uint8_t {
  unsaid = 0,  // Of a source: as the provider's file says.
  absorb = 1,  // The same event, unless another listed type came with it: then a copy.
  mark = 2,    // Perhaps another event: a copy, which is forwarded and marked.
  refuse = 3,  // Nothing that is let in. Of a source only.
};

enum class ValueType : std::uint8_t { string = 0, integer = 1 };

struct IdentityPart {
  IdentityKind kind = IdentityKind::signed_content;
  Locator at;
  ValueType type = ValueType::string;
};

/// What an authentic delivery of one shape means: which event it is and of what type. The first
/// rule whose format and conditions hold is the one.
struct EventRule {
  BodyFormat format = BodyFormat::any;
  std::span<const Condition> conditions;
  std::span<const IdentityPart> identity;
  /// `Place::none` for a provider without types.
  Locator type;
  ValueType type_value = ValueType::string;
  /// Put before the type's text, such as `interaction.`.
  std::string_view type_prefix;
  /// The sender's own id of the event, for the origin; signed. `Place::none` where the scheme's
  /// `id` is it, or there is none.
  Locator id;
  /// Whether the signature covers the type. An unsigned one may only select from exact names.
  bool type_is_signed = false;
  /// `mark` where two events of this sender can have the same identity, else `absorb`.
  SameContent same_content = SameContent::absorb;
  /// The headers that tell such events apart, in lower case.
  std::span<const std::string_view> hints;
};

enum class ChallengeProof : std::uint8_t { signed_delivery = 0, unsigned_probe = 1 };

enum class ReplyPartKind : std::uint8_t {
  literal = 1,      // `text`
  value = 2,        // What stands at `at`.
  hmac_hex = 3,     // Its MAC under the scheme's algorithm and key, in lower-case hex.
  hmac_base64 = 4,  // The same in base64.
  parameter = 5,    // What the source has for `parameter`.
};

/// A piece of what is sent back to a challenge.
struct ReplyPart {
  ReplyPartKind kind = ReplyPartKind::literal;
  /// The header that it belongs to, in lower case; empty for the body. Parts of one header stand
  /// behind each other.
  std::string_view header{};
  std::string_view text{};
  Locator at{};
  std::uint8_t parameter = 0;
};

[[nodiscard]] constexpr bool is_hmac(ReplyPartKind kind) {
  return kind == ReplyPartKind::hmac_hex || kind == ReplyPartKind::hmac_base64;
}

struct Challenge {
  ChallengeProof proof = ChallengeProof::signed_delivery;
  BodyFormat format = BodyFormat::any;
  /// One of `challenge_methods`.
  std::string_view method;
  std::span<const Condition> conditions;
  std::uint16_t status = 200;
  std::string_view content_type;
  std::span<const ReplyPart> reply;
};

/// By which a sender asks who is there. No delivery comes by the last two.
inline constexpr std::array<std::string_view, 4> challenge_methods = {"POST", "GET", "HEAD",
                                                                      "OPTIONS"};

/// A provider's scheme. Compiled from the catalogue or from the operator's own file.
struct Scheme {
  /// The catalogue's slug, for the decision record only: nothing depends on it.
  std::string_view name;
  std::span<const SignatureRule> signatures;
  TimestampRule timestamp;
  /// Where the delivery id stands, for schemes that sign it. `Place::none` otherwise.
  Locator id;
  /// What an id is made of: what tells its end from what follows it in a signed text is not in it.
  CharacterSet id_alphabet{};
  std::span<const EventRule> events;
  std::span<const Challenge> challenges;
  /// The forms of body that the sender sends; a body of another form was signed for something else.
  http::BodyForms sends = http::any_body_form;
  /// The key signs more than deliveries, such as session tokens. So a body is held to its form to
  /// its end, and JSON to a document that begins with `{` at once.
  bool key_signs_more = false;
  /// Headers of the sender that an origin uses: names, or beginnings of names with `*` behind them.
  std::span<const std::string_view> headers;
  /// Other headers than those above by which the sender's libraries verify a delivery.
  std::span<const std::string_view> proof_headers;
};

/// Most trials of a delivery: a source's secrets, times what each of them makes.
inline constexpr std::size_t trials_max = 32;

/// Most public-key checks of a delivery: a source's secrets, times what each of them makes.
inline constexpr std::size_t checks_max = 16;

/// `candidates_of` gives the most signature values that `rule` reads in one delivery.
[[nodiscard]] inline std::size_t candidates_of(const SignatureRule& rule) {
  if (!is_asymmetric(rule.algorithm)) {
    return candidates_max;
  }
  return rule.ports == PortRule::either ? checks_per_key_max / 2 : checks_per_key_max;
}

/// `checks_of` gives the most public-key checks that each secret makes under `scheme`.
[[nodiscard]] inline std::size_t checks_of(const Scheme& scheme) {
  std::size_t checks = 0;
  for (const SignatureRule& rule : scheme.signatures) {
    checks += is_asymmetric(rule.algorithm) ? checks_per_key_max : 0;
  }
  return checks;
}

/// `trials_of` gives the trials that each secret makes under `scheme`: one for every signature in
/// every spelling of the URL.
[[nodiscard]] constexpr std::size_t trials_of(const Scheme& scheme) {
  std::size_t trials = 0;
  for (const SignatureRule& rule : scheme.signatures) {
    trials += rule.ports == PortRule::either ? 2 : 1;
  }
  return trials;
}

}  // namespace postern::scheme
