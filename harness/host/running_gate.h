#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "harness/host/gate_sources.h"
#include "harness/host/outside.h"
#include "harness/host/script.h"

// A gate that runs somewhere, seen by somebody who knows its policy and its secrets.

namespace postern::harness {

/// The text of a file, by its name, or why it cannot be read.
using ReadGateFile = std::function<std::expected<std::string, std::string>(const std::string&)>;

/// The sources of a running gate, by what its policy and settings files say.
class RunningGate {
 public:
  /// Does not come back where a file cannot be read or has errors. Borrows the catalogue, by which
  /// its providers sign, and what is outside.
  RunningGate(GateSession session, const ReadGateFile& read, Outside& outside,
              compiler::Catalogue& catalogue);

  /// By provider, else by the source's name; nothing when the gate has none. Does not come back for
  /// a source whose own scheme has errors.
  [[nodiscard]] std::optional<RunningSource> find(const std::string& provider) const;
  [[nodiscard]] const GateSession& session() const { return session_; }
  [[nodiscard]] const Outside& outside() const { return outside_; }

  /// `origin_calls` is how many requests the demo origin got, or nothing when there is none.
  [[nodiscard]] std::optional<std::size_t> origin_calls() const;

  /// `script_origin` says what the demo origin answers next; nothing: 200 to all.
  void script_origin(const std::vector<OriginTurn>& turns) const;

 private:
  GateSession session_;
  const Outside& outside_;
  GateSources sources_;
};

}  // namespace postern::harness
