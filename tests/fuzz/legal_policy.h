#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/dice.h"
#include "postern/policy/policy.h"

namespace postern::fuzz {

/// What its source has for every parameter.
inline constexpr std::string_view legal_parameter = "what-the-operator-typed-in";

/// A policy of one source, made of chances that lean to the limits: of secrets, rules, parts,
/// conditions, challenges, filters and texts. What it makes is meant to be legal; whether it is,
/// the decoder says. Owns all texts and lists.
class LegalPolicy {
 public:
  explicit LegalPolicy(Dice& dice);
  LegalPolicy(const LegalPolicy&) = delete;
  LegalPolicy& operator=(const LegalPolicy&) = delete;

  [[nodiscard]] const policy::Policy& policy() const { return policy_; }
  /// Of the settings, in their order.
  [[nodiscard]] const std::vector<std::string>& values() const { return values_; }

 private:
  enum class For : std::uint8_t { signature, value };

  std::string_view text(std::string text);
  std::string_view long_text(std::size_t most);
  template <class Element>
  std::span<const Element> list(std::vector<Element> elements) {
    const auto owned = std::make_shared<std::vector<Element>>(std::move(elements));
    lists_.push_back(owned);
    return *owned;
  }

  json::Pointer pointer();
  scheme::Locator locator(For what);
  scheme::Locator locator_of_its_own(For what, const std::string& name);
  scheme::Part part();
  std::span<const scheme::Part> content();
  std::span<const scheme::Part> content_with_secret();
  scheme::SignatureRule signature();
  scheme::Condition condition();
  std::span<const scheme::Condition> conditions(std::size_t least);
  std::span<const scheme::IdentityPart> identity();
  scheme::EventRule event();
  scheme::Challenge challenge(bool has_one_mac);
  scheme::Scheme scheme();
  std::span<const std::string_view> headers();
  std::span<const std::string_view> types(std::size_t most);
  policy::Route route();
  policy::Source source();

  Dice& dice_;
  std::deque<std::string> texts_;
  std::vector<std::shared_ptr<void>> lists_;
  std::vector<std::string> values_;
  policy::Policy policy_;
};

}  // namespace postern::fuzz
