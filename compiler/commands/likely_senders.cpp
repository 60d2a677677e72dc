#include "compiler/commands/likely_senders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "compiler/locator_reader.h"
#include "postern/encoding/rfc3339.h"
#include "postern/scheme/decode_text.h"
#include "postern/scheme/event.h"
#include "postern/scheme/locators.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/signature_form.h"

namespace postern::compiler {
namespace {

using scheme::Algorithm;
using scheme::Locator;
using scheme::Place;
using scheme::Presence;
using scheme::Reading;

// What a finding counts. A signature in its place and form says most; a shared text has no form to
// tell it by; what must be there and is not, speaks against it.
constexpr int signature_weight = 10;
constexpr int token_weight = 4;
constexpr int odd_signature_weight = 1;
constexpr int claim_weight = 4;
constexpr int handshake_weight = 8;
constexpr int type_header_weight = 4;
constexpr int own_header_weight = 2;
constexpr int own_headers_counted = 4;
constexpr int body_weight = 1;

/// As much as reading one request may take of an arena besides its text, for the text twice.
constexpr std::size_t reading_bytes = std::size_t{6} << 20;

/// One request, looked at as one sender's.
class Look {
 public:
  Look(const SchemeModel& model, const http::Delivery& delivery, Arena& arena)
      : model_(model), reading_(delivery, arena), arena_(arena) {}

  [[nodiscard]] LikelySender judged() {
    look_at_handshakes();
    look_at_signatures();
    if (is_signed_) {
      look_at_claims();
    }
    look_at_headers();
    look_at_event();
    sender_.model = &model_;
    return std::move(sender_);
  }

 private:
  [[nodiscard]] const http::Delivery& delivery() const { return reading_.delivery(); }

  void add(int weight, std::string reason) {
    sender_.weight += weight;
    sender_.reasons.push_back(std::move(reason));
  }

  /// What is in a body cannot be seen where there is only its head.
  [[nodiscard]] bool can_see(const Locator& at) const {
    return delivery().body_is_here || !scheme::is_in_body(at);
  }

  [[nodiscard]] bool is_formed(const scheme::SignatureRule& rule, std::string_view text) {
    if (rule.algorithm == Algorithm::token || rule.algorithm == Algorithm::basic) {
      return !text.empty();
    }
    const auto bytes = scheme::decode_text(rule.encoding, text, arena_);
    return bytes.has_value() &&
           scheme::well_formed_signature(rule.algorithm, *bytes, arena_).has_value();
  }

  /// Of the rules the one that says most.
  void look_at_signatures() {
    int most = 0;
    std::string reason;
    for (const scheme::SignatureRule& rule : model_.scheme.signatures) {
      const auto [weight, what] = look_at(rule);
      if (weight > most) {
        most = weight;
        reason = what;
      }
    }
    is_signed_ = most > 0;
    if (is_signed_) {
      add(most, std::move(reason));
    }
  }

  std::pair<int, std::string> look_at(const scheme::SignatureRule& rule) {
    if (!can_see(rule.from) ||
        (delivery().body_is_here && !scheme::fits(rule.format, delivery().body_form))) {
      return {0, ""};
    }
    std::array<std::string_view, scheme::candidates_max> values = {};
    std::size_t found = 0;
    const Presence presence = reading_.values_at(rule.from, values, found);
    const std::string place = show_locator(rule.from);
    if (presence == Presence::absent) {
      return {0, ""};
    }
    const auto shown = std::span(values).first(found);
    if (presence == Presence::one && found > 0 &&
        std::ranges::all_of(shown, [&](std::string_view text) { return is_formed(rule, text); })) {
      const bool is_shared_text =
          rule.algorithm == Algorithm::token || rule.algorithm == Algorithm::basic;
      return {is_shared_text ? token_weight : signature_weight,
              fmt::format("{} in {}", name_of(rule.algorithm), place)};
    }
    return {odd_signature_weight, fmt::format("{}, in another form than its own", place)};
  }

  [[nodiscard]] bool is_time(std::string_view text) const {
    const bool is_number = !text.empty() && std::ranges::all_of(text, [](char character) {
      return character >= '0' && character <= '9';
    });
    // Seconds have ten digits from 2001 to 2286, and milliseconds thirteen.
    switch (model_.scheme.timestamp.unit) {
      case scheme::TimeUnit::seconds:
        return is_number && text.size() == 10;
      case scheme::TimeUnit::milliseconds:
        return is_number && text.size() == 13;
      case scheme::TimeUnit::either:
        return is_number && (text.size() == 10 || text.size() == 13);
      case scheme::TimeUnit::iso_utc:
        return encoding::decode_iso_utc(text).has_value();
      case scheme::TimeUnit::http_date:
        return encoding::decode_http_date(text).has_value();
      default:
        return encoding::decode_rfc3339(text).has_value();
    }
  }

  void look_at_claim(const Locator& at, std::string_view what, bool is_time_wanted) {
    if (at.place == Place::none || !can_see(at)) {
      return;
    }
    const bool is_date =
        is_time_wanted && model_.scheme.timestamp.unit == scheme::TimeUnit::http_date;
    const scheme::Located located = is_date ? reading_.date_at(at.name) : reading_.value_at(at);
    const bool fits = located.presence == Presence::one && !located.text.empty() &&
                      (!is_time_wanted || is_time(located.text));
    add(fits ? claim_weight : -claim_weight,
        fits ? fmt::format("{} in {}", what, show_locator(at))
             : fmt::format("no {} in {}", what, show_locator(at)));
  }

  void look_at_claims() {
    look_at_claim(model_.scheme.timestamp.from, "its time", true);
    look_at_claim(model_.scheme.id, "its id", false);
  }

  /// A handshake that is not signed is all that some senders show at first.
  void look_at_handshakes() {
    for (const scheme::Challenge& challenge : model_.scheme.challenges) {
      const bool is_seen =
          challenge.method == delivery().method && !challenge.conditions.empty() &&
          (!delivery().body_is_here || scheme::fits(challenge.format, delivery().body_form)) &&
          std::ranges::all_of(challenge.conditions, [this](const scheme::Condition& condition) {
            return can_see(condition.at) && scheme::condition_holds(condition, reading_);
          });
      if (is_seen) {
        add(handshake_weight, "a handshake of its kind");
        return;
      }
    }
  }

  /// Names of its own: with a vendor's beginning, and not the signature's, which has counted.
  [[nodiscard]] bool is_own_header(std::string_view name) const {
    constexpr std::array<std::string_view, 4> anybodys = {"user-agent", "content-type",
                                                          "authorization", "idempotency-key"};
    return std::ranges::find(anybodys, name) == anybodys.end() &&
           !scheme::verifies_with(model_.scheme, name);
  }

  [[nodiscard]] bool is_listed(std::string_view name) const {
    return std::ranges::any_of(model_.scheme.headers, [name](std::string_view listed) {
      return listed.ends_with('*') ? name.starts_with(listed.substr(0, listed.size() - 1))
                                   : name == listed;
    });
  }

  void look_at_headers() {
    int counted = 0;
    for (const http::Header& header : delivery().headers) {
      if (!is_own_header(header.name)) {
        continue;
      }
      if (scheme::identifies_with(model_.scheme, header.name)) {
        add(type_header_weight, fmt::format("header {}", header.name));
      } else if (is_listed(header.name) && counted < own_headers_counted) {
        ++counted;
        add(own_header_weight, fmt::format("header {}", header.name));
      }
    }
  }

  void look_at_event() {
    if (!delivery().body_is_here || !is_signed_) {
      return;
    }
    if (!http::has(model_.scheme.sends, delivery().body_form) &&
        model_.scheme.sends != http::any_body_form) {
      add(-signature_weight, "its bodies have another form");
      return;
    }
    const scheme::EventRule* rule = scheme::event_rule_of(model_.scheme, reading_);
    if (rule == nullptr) {
      return;
    }
    if (scheme::is_in_body(rule->type) && reading_.value_at(rule->type).presence == Presence::one) {
      add(body_weight, show_locator(rule->type));
    }
    for (const scheme::IdentityPart& part : rule->identity) {
      if (scheme::is_in_body(part.at) && reading_.value_at(part.at).presence == Presence::one) {
        add(body_weight, show_locator(part.at));
      }
    }
  }

  const SchemeModel& model_;
  Reading reading_;
  Arena& arena_;
  bool is_signed_ = false;
  LikelySender sender_;
};

bool is_likelier(const LikelySender& left, const LikelySender& right) {
  if (left.weight != right.weight) {
    return left.weight > right.weight;
  }
  const bool left_follows = !left.model->signs_as.empty();
  const bool right_follows = !right.model->signs_as.empty();
  return left_follows != right_follows ? right_follows : left.model->slug < right.model->slug;
}

}  // namespace

std::vector<LikelySender> likely_senders(const WrittenRequest& request, Catalogue& catalogue,
                                         Report& report) {
  std::vector<http::Header> headers;
  for (const auto& [name, value] : request.headers) {
    headers.push_back({.name = name, .value = value});
  }
  http::Delivery delivery;
  delivery.method = request.method;
  delivery.path = request.path;
  delivery.query = request.query;
  delivery.headers = headers;
  delivery.body = bytes_of(request.body);
  delivery.body_bytes = request.body.size();
  delivery.body_is_here = request.has_body;
  delivery.body_form = http::body_form_of(delivery.body, delivery.body_bytes);
  std::vector<std::byte> storage(2 * request.body.size() + reading_bytes);
  std::vector<LikelySender> senders;
  for (const std::string& slug : catalogue.slugs()) {
    if (const SchemeModel* model = catalogue.find(slug, report); model != nullptr) {
      Arena arena(storage);
      if (LikelySender sender = Look(*model, delivery, arena).judged(); sender.weight > 0) {
        senders.push_back(std::move(sender));
      }
    }
  }
  std::ranges::sort(senders, is_likelier);
  // Who has less than half of what speaks for the first is nobody's guess.
  std::erase_if(senders, [most = senders.empty() ? 0 : senders.front().weight](
                             const LikelySender& sender) { return 2 * sender.weight < most; });
  return senders;
}

}  // namespace postern::compiler
