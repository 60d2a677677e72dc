#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/environment_file.h"
#include "harness/host/address.h"
#include "harness/host/http_client.h"
#include "harness/host/script.h"

// A gate that runs somewhere, seen by somebody who knows its policy and its secrets.

namespace postern::harness {

/// What the files about a running gate say is missing or unreadable.
class GateFilesUnreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a running gate is and what describes it. Empty texts: not known.
struct GateSession {
  std::string gate;      // Its address, without a path.
  std::string origin;    // The demo origin's address.
  std::string settings;  // File of KEY=VALUE lines: its secrets.
  std::string policy;    // Its postern.toml.
  std::string records;   // File that its log goes to.
};

/// `read_session` reads what `./dev up` left; nothing when it does not run. Throws
/// `GateFilesUnreadable` for a file that is no session.
[[nodiscard]] std::optional<GateSession> read_session(const std::string& file);

/// One source of the running gate, as its sender sees it.
struct RunningSource {
  std::string name;
  std::string provider;
  std::string path;
  Address address;
  std::vector<std::string> secrets;
  /// Where the receiver's text is a public key: what signs. Parallel to `secrets`.
  std::vector<std::string> private_keys;
  /// Null for a provider that the catalogue does not have, or whose file has errors.
  std::shared_ptr<const scheme::Scheme> scheme;
  /// Its whole table in the policy.
  std::shared_ptr<const toml::table> table;
};

/// How long the record of an answered delivery may take to stand in the gate's log.
inline constexpr std::uint32_t record_wait_ms = 3000;

/// The sources of a running gate, by what its policy and settings files say.
class RunningGate {
 public:
  /// Throws `GateFilesUnreadable`. Borrows the catalogue, by which its providers sign.
  RunningGate(GateSession session, compiler::Catalogue& catalogue);

  /// By provider, else by the source's name; nothing when the gate has none. Throws
  /// `GateFilesUnreadable` for a source whose own scheme has errors.
  [[nodiscard]] std::optional<RunningSource> find(const std::string& provider) const;
  [[nodiscard]] std::vector<std::string> providers() const;
  [[nodiscard]] const GateSession& session() const { return session_; }

  /// `record_of` waits for the decision record of a delivery in the gate's log, by the reference
  /// that the answer carried; nothing when no log is known or none came within `wait_ms`.
  [[nodiscard]] std::optional<std::string> record_of(const HttpResponse& answer,
                                                     std::uint32_t wait_ms) const;

  /// `origin_calls` is how many requests the demo origin got, or nothing when there is none.
  [[nodiscard]] std::optional<std::size_t> origin_calls() const;

  /// `script_origin` says what the demo origin answers next; nothing: 200 to all. Throws
  /// `Unreachable`.
  void script_origin(const std::vector<OriginTurn>& turns) const;

 private:
  [[nodiscard]] std::string setting(const std::string& text) const;

  [[nodiscard]] std::shared_ptr<const scheme::Scheme> scheme_of(const RunningSource& source) const;

  void read_new_records() const;

  GateSession session_;
  compiler::Catalogue& catalogue_;
  toml::table policy_;
  compiler::Values settings_;
  /// The log is read once, from where it ended when this began. Records by their deliveries.
  mutable std::int64_t read_bytes_ = 0;
  mutable std::map<std::string, std::string> records_;
};

}  // namespace postern::harness
