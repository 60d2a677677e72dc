#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "postern/scheme/signing_scheme.h"

// Every locator of a scheme, and of its parts: the one list of where a delivery is read.

namespace postern::scheme {

[[nodiscard]] constexpr bool is_in_body(const Locator& locator) {
  return fact_of<&PlaceRow::is_in_body>(locator.place);
}

[[nodiscard]] constexpr bool is_header(const Locator& locator, std::string_view name) {
  return locator.place == Place::header && locator.name == name;
}

/// `any_locator` says whether `holds` says so of a locator. Those that lead nowhere are among them.
template <class Holds>
[[nodiscard]] constexpr bool any_locator(std::span<const Condition> conditions, Holds holds) {
  return std::ranges::any_of(conditions,
                             [&](const Condition& condition) { return holds(condition.at); });
}

template <class Holds>
[[nodiscard]] constexpr bool any_locator(std::span<const IdentityPart> identity, Holds holds) {
  return std::ranges::any_of(identity, [&](const IdentityPart& part) { return holds(part.at); });
}

template <class Holds>
[[nodiscard]] constexpr bool any_locator(const SignatureRule& rule, Holds holds) {
  return holds(rule.from) || holds(rule.fetch.url);
}

template <class Holds>
[[nodiscard]] constexpr bool any_locator(const EventRule& rule, Holds holds) {
  return holds(rule.type) || holds(rule.id) || any_locator(rule.identity, holds) ||
         any_locator(rule.conditions, holds);
}

template <class Holds>
[[nodiscard]] constexpr bool any_locator(const Challenge& challenge, Holds holds) {
  return any_locator(challenge.conditions, holds) ||
         std::ranges::any_of(challenge.reply,
                             [&](const ReplyPart& part) { return holds(part.at); });
}

/// `any_part` does so with each element of a list.
template <class Part, class Holds>
[[nodiscard]] constexpr bool any_part(std::span<const Part> parts, Holds holds) {
  return std::ranges::any_of(parts, [&](const Part& part) { return any_locator(part, holds); });
}

template <class Holds>
[[nodiscard]] constexpr bool any_locator(const Scheme& scheme, Holds holds) {
  return holds(scheme.timestamp.from) || holds(scheme.id) || any_part(scheme.signatures, holds) ||
         any_part(scheme.events, holds) || any_part(scheme.challenges, holds);
}

}  // namespace postern::scheme
