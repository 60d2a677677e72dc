#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz/dice.h"
#include "fuzz/legal_policy.h"
#include "harness/host/frames.h"

namespace postern::fuzz {

inline constexpr std::uint64_t deep_now_ms = 1'700'000'000'000;

/// Makes a delivery that goes deep into the gate of a policy: what the policy's rules look for is
/// there, in sizes around every limit, and one of its secrets has signed it where the core can be
/// asked for the MAC. Chances leave things out.
class DeepDelivery {
 public:
  DeepDelivery(const LegalPolicy& policy, Dice& dice);

  [[nodiscard]] const harness::Delivery& delivery() const { return delivery_; }

  /// Whether checks of public keys come out as if it were genuine; its MAC is.
  [[nodiscard]] bool is_genuine() const { return is_genuine_; }

 private:
  void put(const scheme::Locator& at, const std::string& value);
  void put_json(nlohmann::json& document, const json::Pointer& pointer, const std::string& value);
  void put_conditions(std::span<const scheme::Condition> conditions);
  void put_content(const scheme::SignatureRule& rule);
  void put_claims(const scheme::Scheme& scheme);
  void put_meaning(const policy::Source& source, const scheme::Scheme& scheme);
  void put_signatures(const scheme::Scheme& scheme);
  [[nodiscard]] std::string placeholder(const scheme::SignatureRule& rule, char byte);
  [[nodiscard]] std::string list_of(const scheme::SignatureRule& rule, std::string value);
  void write(std::size_t padding);
  void sign(const scheme::Scheme& scheme);
  [[nodiscard]] std::string value();

  const LegalPolicy& policy_;
  Dice& dice_;
  harness::Delivery delivery_;
  bool is_genuine_ = false;
  bool is_form_ = false;
  std::map<std::string, std::string> headers_;
  std::map<std::string, std::string> query_;
  std::map<std::string, std::string> form_;
  std::map<std::string, nlohmann::json> documents_;  // In fields of the form; "" is the body.
  std::vector<std::string> more_fields_;
};

}  // namespace postern::fuzz
