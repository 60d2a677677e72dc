#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/derive/genuine.h"
#include "harness/host/script.h"

// What a derived case is made of: deliveries, and what a gate that keeps the standard makes of
// each. The expectations stand in the cases, never computed by a gate.

namespace postern::harness::derive {

/// What must come of one delivery.
struct Expected {
  std::string_view verdict;
  std::string_view reason;  // Empty: none.
  int status = 0;
  int origin_calls = 0;
};

inline constexpr Expected forwarded{"forwarded", "", 200, 1};
inline constexpr Expected duplicate{"duplicate", "", 200, 0};
inline constexpr Expected failed_at_origin{"failed", "origin_error", 503, 1};

/// Nothing of a refused delivery reaches the ledger or the origin.
[[nodiscard]] constexpr Expected refused(std::string_view reason, int status = 401) {
  return {"refused", reason, status, 0};
}
inline constexpr Expected bad_signature = refused("bad_signature");

/// What the gate itself answers to a challenge.
struct ExpectedReply {
  std::string body;
  std::string content_type;  // Empty: none.
  std::vector<Header> headers;
};

struct PlannedStep {
  Delivery delivery;
  Expected expected;
  std::uint64_t at_ms = 0;
  /// What the origin answers; 0: it takes everything.
  std::uint16_t origin_status = 0;
  std::optional<ExpectedReply> reply;
};

struct Plan {
  /// Why the scheme has no such case; then there is no step.
  std::string why_not;
  /// Why the signer could not sign what the case needs: a fault of the fixture. Then there is none
  /// either.
  std::string why_unsigned;
  std::vector<PlannedStep> steps;
  /// Instead of the genuine delivery's secret; empty: that one.
  std::vector<std::string> secrets;
  /// Instead of the source's own limit; 0: that one.
  std::size_t body_bytes_max = 0;
};

/// `not_for` is the plan of a case that the scheme does not have.
[[nodiscard]] inline Plan not_for(std::string why) {
  return {.why_not = std::move(why),
          .why_unsigned = {},
          .steps = {},
          .secrets = {},
          .body_bytes_max = 0};
}

/// `unsigned_plan` is the plan of a case whose deliveries could not be signed.
[[nodiscard]] inline Plan unsigned_plan(CannotSign fault) {
  return {.why_not = {},
          .why_unsigned = std::move(fault.why),
          .steps = {},
          .secrets = {},
          .body_bytes_max = 0};
}

/// A delivery that was signed, or the plan that stands for having none.
using SignedDelivery = std::expected<Delivery, Plan>;

/// `signed_anew` is `delivery` as `sign_anew` signs it.
[[nodiscard]] inline SignedDelivery signed_anew(const Genuine& genuine, std::uint64_t at_ms,
                                                const std::string& id, Delivery delivery) {
  auto is_signed = sign_anew(genuine, at_ms, id, delivery);
  if (!is_signed.has_value()) {
    return std::unexpected(unsigned_plan(std::move(is_signed.error())));
  }
  return delivery;
}

/// `plan_of` is the plan of one delivery, at the genuine one's time.
[[nodiscard]] inline Plan plan_of(const Genuine& genuine, Delivery delivery, Expected expected) {
  Plan plan;
  plan.steps.push_back({.delivery = std::move(delivery),
                        .expected = expected,
                        .at_ms = genuine.at_ms,
                        .origin_status = 0,
                        .reply = {}});
  return plan;
}

/// A case that every provider has, or a reason why not.
struct Row {
  std::string_view name;
  std::string_view shows;
  Plan (*plan)(const Genuine& genuine);
};

/// `signature_cases`: what must not pass for a signature, and whose secret counts.
[[nodiscard]] std::vector<Row> signature_cases();
/// `event_cases`: the time that a delivery is good for, and what becomes of an event.
[[nodiscard]] std::vector<Row> event_cases();

/// A challenge of the scheme has cases of its own, named by its number.
struct NamedPlan {
  std::string name;
  std::string shows;
  Plan plan;
};
[[nodiscard]] std::vector<NamedPlan> challenge_cases(const Genuine& genuine);

/// `changed_content` is what comes of a body that is not the signed one.
[[nodiscard]] Expected changed_content(const Genuine& genuine);

/// `longer` is the body with a byte behind it that belongs to its form.
[[nodiscard]] std::string longer(std::string body);

}  // namespace postern::harness::derive
