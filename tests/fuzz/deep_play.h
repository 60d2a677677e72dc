#pragma once

#include <string>
#include <vector>

#include "fuzz/deep_delivery.h"
#include "fuzz/dice.h"
#include "fuzz/legal_policy.h"
#include "harness/engine/engine.h"

namespace postern::fuzz {

/// A legal policy, a delivery to it, and all that happens on the way, out of one input.
class DeepPlay {
 public:
  explicit DeepPlay(std::string_view input);

  /// Whether the decoder takes the policy: what it refuses is not played.
  [[nodiscard]] bool is_legal() const { return is_legal_; }

  /// `play` configures `engine` and takes the delivery through all its effects, with outcomes by
  /// chance: the host's MACs are true, its ledger is the module's rules over rows in memory. What
  /// the gate has queued is driven once. Gives all the steps, the same for the same input.
  /// Throws `MalformedAnswer` when the gate refuses a frame, and what `engine` throws.
  [[nodiscard]] std::vector<std::string> play(harness::Engine& engine) const;

  /// Whether steps of a play went past the proof: to the ledger or to the origin.
  [[nodiscard]] static bool is_deep(const std::vector<std::string>& steps);

 private:
  Dice dice_;
  LegalPolicy policy_;
  DeepDelivery delivery_;
  std::string file_;
  bool is_legal_ = false;
};

}  // namespace postern::fuzz
