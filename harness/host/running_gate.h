#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "harness/host/gate_log.h"
#include "harness/host/gate_sources.h"
#include "harness/host/http_client.h"
#include "harness/host/script.h"

// A gate that runs somewhere, seen by somebody who knows its policy and its secrets.

namespace postern::harness {

/// The sources of a running gate, by what its policy and settings files say.
class RunningGate {
 public:
  /// Throws `GateFilesUnreadable`. Borrows the catalogue, by which its providers sign.
  RunningGate(GateSession session, compiler::Catalogue& catalogue);

  /// By provider, else by the source's name; nothing when the gate has none. Throws
  /// `GateFilesUnreadable` for a source whose own scheme has errors.
  [[nodiscard]] std::optional<RunningSource> find(const std::string& provider) const;
  [[nodiscard]] const GateSession& session() const { return session_; }
  [[nodiscard]] const GateLog& log() const { return log_; }

  /// `origin_calls` is how many requests the demo origin got, or nothing when there is none.
  [[nodiscard]] std::optional<std::size_t> origin_calls() const;

  /// `script_origin` says what the demo origin answers next; nothing: 200 to all. Throws
  /// `Unreachable`.
  void script_origin(const std::vector<OriginTurn>& turns) const;

 private:
  GateSession session_;
  GateLog log_;
  GateSources sources_;
};

}  // namespace postern::harness
