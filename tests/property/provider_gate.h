#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "harness/engine/engine.h"
#include "harness/fixture/compiled_case.h"
#include "harness/host/simulation.h"

namespace postern::property {

/// A provider's source with the largest `max_body` there is, and its sender: the genuine delivery
/// of the provider's fixture, in any size, signed anew by the harness's signer.
class ProviderGate {
 public:
  /// Fails the running test when the fixture does not compile or lets nothing in.
  ProviderGate(const std::string& slug, compiler::Catalogue& catalogue);

  /// False where only the provider has the key, and every body but the fixture's own is a forgery.
  [[nodiscard]] bool can_sign() const { return can_sign_; }

  /// A genuine delivery with a body of exactly `bytes`, made longer in its own format; the shortest
  /// one where that is longer. `body` of another shape instead, when there is one.
  [[nodiscard]] harness::Delivery genuine(std::size_t bytes) const;
  [[nodiscard]] harness::Delivery signed_over(std::string body) const;

  /// Takes it through `engine`. Nothing is remembered from one call to the next.
  [[nodiscard]] harness::Outcome deliver(harness::Engine& engine,
                                         const harness::Delivery& delivery) const;

  /// The header that has the signature, or null where it is elsewhere.
  [[nodiscard]] std::string* signature_of(harness::Delivery& delivery) const;

  /// Repeats the last signature of a list until there are `count`. False where there is no list.
  bool multiply_signature(harness::Delivery& delivery, std::size_t count) const;

  /// Most signature values that the scheme's first rule reads in one delivery.
  [[nodiscard]] std::size_t candidates() const { return candidates_; }

  [[nodiscard]] const harness::CompiledCase& compiled() const { return compiled_; }
  [[nodiscard]] std::string_view body() const { return sample_.body; }

 private:
  void read_signature_rule();

  harness::CompiledCase compiled_;
  std::string private_key_;
  harness::Delivery sample_;
  std::uint64_t at_ms_ = 0;
  bool can_sign_ = false;
  // Of the scheme's first rule.
  std::string signature_header_;
  char signature_separator_ = 0;
  std::size_t candidates_ = 0;
};

/// What a record says of a delivery: verdict and reason, such as `forwarded` or
/// `refused body_too_large`.
/// `spread` gives at most `wanted` of them, evenly: for what takes a second for each provider.
[[nodiscard]] std::vector<std::string> spread(const std::vector<std::string>& all,
                                              std::size_t wanted);

[[nodiscard]] std::string verdict_of(const harness::Outcome& outcome);

}  // namespace postern::property
