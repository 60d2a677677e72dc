#include "postern/scheme/content.h"

#include <algorithm>
#include <array>

#include "postern/base/characters.h"
#include "postern/base/check.h"
#include "postern/base/cut.h"
#include "postern/crypto/constant_time.h"
#include "postern/http/url.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t sha256_hex_bytes = 64;

/// Text in the arena with the spelling of a default port turned around: `:443` added or any port
/// left out. Empty when `text` is not a URL.
std::string_view with_other_port(std::string_view text, Arena& arena) {
  const auto url = http::parse_url(text);
  if (!url.has_value()) {
    return {};
  }
  const auto host_end = static_cast<std::size_t>(url->host.data() + url->host.size() - text.data());
  const std::size_t tail = url->port.empty() ? host_end : host_end + 1 + url->port.size();
  const std::string_view default_port = url->scheme == "https" ? ":443"sv : ":80"sv;
  const std::array parts = {text.substr(0, host_end), url->port.empty() ? default_port : ""sv,
                            text.substr(tail)};
  return arena.join(parts);
}

/// Most texts that parts become: a URL is up to three, a form two for each field.
constexpr std::size_t literals_max = content_parts_max + 2 * http::form_fields_max + 3;

/// Builds pieces from parts, joining literals that follow each other.
class Composer {
 public:
  Composer(const SignatureRule& rule, const ContentInputs& inputs, Reading& reading, Arena& arena)
      : rule_(rule), inputs_(inputs), reading_(reading), arena_(arena) {}

  Result<std::span<const Piece>, Reason> compose() {
    literals_ = arena_.make_room<std::string_view>(literals_max);
    pieces_ = arena_.make_room<Piece>(pieces_max);
    std::uint8_t left_out = 0;  // The optional stretch that is.
    for (const Part& part : rule_.content) {
      if (part.optional != 0 && part.optional == left_out) {
        continue;
      }
      if (part.optional != 0 && lacks_one(part.optional)) {
        left_out = part.optional;
      } else if (!add(part)) {
        return refuse(Reason::malformed_content);
      }
    }
    close_literal();
    return pieces_.first(pieces_count_);
  }

 private:
  bool add(const Part& part) {
    const http::Delivery& delivery = reading_.delivery();
    std::string_view text;
    switch (part.kind) {
      case PartKind::literal:
        text = part.text;
        break;
      case PartKind::body:
        return piece(Piece::Kind::body);
      case PartKind::timestamp:
        text = inputs_.claims.timestamp;
        break;
      case PartKind::id:
        text = inputs_.claims.id;
        break;
      case PartKind::header:
      case PartKind::parameter:
      case PartKind::form_field:
      case PartKind::field:
      case PartKind::number:
      case PartKind::truth:
        return located(part);
      case PartKind::method:
        text = delivery.method;
        break;
      case PartKind::url:
        POSTERN_CHECK(has_feature(Feature::address));
        return url();
      case PartKind::path:
        text = delivery.path;
        break;
      case PartKind::query:
        return is_address(delivery.query) && literal(delivery.query);
      case PartKind::form_sorted:
        POSTERN_CHECK(has_feature(Feature::form));
        return form_sorted(part.alphabet);
      case PartKind::sha256_body:
        text = reading_.body_sha256();
        break;
      case PartKind::crc32_body:
        text = reading_.body_crc32();
        break;
      case PartKind::secret:
        return piece(Piece::Kind::secret);
    }
    return literal(text);
  }

  /// Where a part stands that is one value of the delivery.
  Located find(const Part& part) {
    switch (part.kind) {
      case PartKind::header:
        return reading_.text_at(Place::header, part.text);
      case PartKind::parameter:
        return reading_.text_at(Place::query, part.text);
      case PartKind::form_field:
        return reading_.text_at(Place::form, part.text);
      default:
        return reading_.text_at(part.pointer);
    }
  }

  bool located(const Part& part) {
    const Located found = find(part);
    const json::Type type = part.kind == PartKind::number  ? json::Type::number
                            : part.kind == PartKind::truth ? json::Type::boolean
                                                           : json::Type::string;
    return found.presence == Presence::one && found.type == type &&
           (part.alphabet.is_empty() || part.alphabet.has_all(found.text)) && literal(found.text);
  }

  /// Whether a value of an optional stretch is not there. One that cannot be read is.
  bool lacks_one(std::uint8_t optional) {
    return std::ranges::any_of(rule_.content, [&](const Part& part) {
      return part.optional == optional && part.kind != PartKind::literal &&
             find(part).presence == Presence::absent;
    });
  }

  /// No address has a blank or a line end in it: they tell its end from what follows.
  static bool is_address(std::string_view text) { return consists_of(text, Characters::visible); }

  /// The query is part of the signed URL, and parameters of a form can be folded into it without a
  /// change of the signed text. So it must be the configured one, but for the parameter with the
  /// body's hash; only a GET delivery, which has no body, brings its own.
  bool url() {
    const http::Delivery& delivery = reading_.delivery();
    std::string_view base = inputs_.url;
    if (inputs_.spelling == Spelling::other_port) {
      base = with_other_port(base, arena_);
    }
    if (base.empty() || !is_address(base) || !is_address(delivery.query)) {
      return false;
    }
    std::string_view configured = base;
    static_cast<void>(cut(configured, '?'));
    const std::string_view query = delivery.query;
    if (query == configured) {
      return literal(base);
    }
    const std::string_view added = query_beyond(configured, query);
    const bool is_hash = !rule_.body_hash_query.empty() && is_body_hash(added);
    if (added.empty() || (!is_hash && !may_bring_query())) {
      return false;
    }
    return literal(base) && literal(configured.empty() ? "?" : "&") && literal(added);
  }

  /// Only a GET brings a query of its own, and nothing may follow it then: the query could be cut
  /// in two anywhere. A body does not, as there is none.
  [[nodiscard]] bool may_bring_query() const {
    const http::Delivery& delivery = reading_.delivery();
    if (delivery.method != "GET" || delivery.body_bytes != 0) {
      return false;
    }
    const auto behind = std::ranges::find(rule_.content, PartKind::url, &Part::kind) + 1;
    return std::all_of(behind, rule_.content.end(), [](const Part& part) {
      return part.kind == PartKind::body || part.kind == PartKind::form_sorted;
    });
  }

  /// What `query` has behind `configured`, or nothing when it does not begin with it.
  static std::string_view query_beyond(std::string_view configured, std::string_view query) {
    if (configured.empty()) {
      return query;
    }
    if (!query.starts_with(configured) || !query.substr(configured.size()).starts_with('&')) {
      return {};
    }
    return query.substr(configured.size() + 1);
  }

  [[nodiscard]] bool is_body_hash(std::string_view parameter) const {
    const std::string_view name = rule_.body_hash_query;
    return parameter.starts_with(name) && parameter.substr(name.size()).starts_with('=') &&
           parameter.size() == name.size() + 1 + sha256_hex_bytes;
  }

  bool form_sorted(const CharacterSet& initials) {
    const auto fields = reading_.sorted_form(literal_bytes_max);
    if (!fields.has_value()) {
      return false;
    }
    for (const http::FormField& field : *fields) {
      const bool may_begin = initials.is_empty() || initials.has(field.name.front());
      if (!may_begin || !literal(field.name) || !literal(field.value)) {
        return false;
      }
    }
    return true;
  }

  /// Not inlined: most kinds of parts end here.
  [[gnu::noinline]] bool literal(std::string_view text) {
    if (literals_count_ == literals_.size()) {
      return false;
    }
    literals_[literals_count_++] = text;
    literal_bytes_ += text.size();
    return literal_bytes_ <= literal_bytes_max;
  }

  void close_literal() {
    const std::string_view joined = arena_.join(literals_.first(literals_count_));
    literals_count_ = 0;
    if (!joined.empty()) {
      add_piece({.kind = Piece::Kind::literal, .bytes = bytes_of(joined)});
    }
  }

  /// What the host or the key brings.
  bool piece(Piece::Kind kind) {
    close_literal();
    add_piece({.kind = kind, .bytes = {}});
    return true;
  }

  /// There are no more pieces than parts.
  void add_piece(const Piece& piece) {
    POSTERN_CHECK(pieces_count_ < pieces_.size());
    pieces_[pieces_count_++] = piece;
  }

  const SignatureRule& rule_;
  const ContentInputs& inputs_;
  Reading& reading_;
  Arena& arena_;
  std::span<std::string_view> literals_;
  std::size_t literals_count_ = 0;
  std::size_t literal_bytes_ = 0;  // Of all pieces.
  std::span<Piece> pieces_;
  std::size_t pieces_count_ = 0;
};

}  // namespace

Result<std::span<const Piece>, Reason> compose_content(const SignatureRule& rule,
                                                       const ContentInputs& inputs,
                                                       Reading& reading, Arena& arena) {
  return Composer(rule, inputs, reading, arena).compose();
}

std::span<const Piece> with_secret(std::span<const Piece> content, Bytes secret, Arena& arena) {
  const auto is_secret = [](const Piece& piece) { return piece.kind == Piece::Kind::secret; };
  if (std::ranges::none_of(content, is_secret)) {
    return content;
  }
  const std::span<Piece> filled = arena.make_array<Piece>(content.size());
  for (std::size_t i = 0; i < content.size(); ++i) {
    filled[i] =
        is_secret(content[i]) ? Piece{.kind = Piece::Kind::literal, .bytes = secret} : content[i];
  }
  return filled;
}

bool body_hash_holds(const Scheme& scheme, const SignatureRule& rule, Reading& reading) {
  for (const SignatureRule& other : scheme.signatures) {
    if (other.body_hash_query.empty()) {
      continue;
    }
    const Located claimed = reading.text_at(Place::query, other.body_hash_query);
    if (claimed.presence == Presence::absent && &other != &rule) {
      continue;
    }
    if (claimed.presence != Presence::one ||
        !crypto::equal_constant_time(bytes_of(claimed.text), bytes_of(reading.body_sha256()))) {
      return false;
    }
  }
  return true;
}

}  // namespace postern::scheme
