#pragma once

#include <toml++/toml.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/environment_file.h"
#include "harness/host/address.h"
#include "postern/scheme/signing_scheme.h"

// The sources of a gate, as somebody sees them who knows its policy and its secrets.

namespace postern::harness {

/// Where a running gate is and what describes it. Empty texts: not known.
struct GateSession {
  std::string gate;      // Its address, without a path.
  std::string origin;    // The demo origin's address.
  std::string settings;  // File of KEY=VALUE lines: its secrets.
  std::string policy;    // Its postern.toml.
  std::string records;   // File that its log goes to.
};

/// `session_in` reads what `./dev up` wrote; nothing for another text.
[[nodiscard]] std::optional<GateSession> session_in(std::string_view text);

/// One source of a gate, as its sender sees it.
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

/// A file of a gate: its name, for what is said of it, and its text.
struct GateFile {
  std::string name;
  std::string_view text;
};

class GateSources {
 public:
  /// `read` reads the policy and the settings, each where one is known. Else says what is wrong
  /// with which file. Borrows the catalogue, by which its providers sign.
  [[nodiscard]] static std::expected<GateSources, std::string> read(
      const std::optional<GateFile>& policy, const std::optional<GateFile>& settings,
      compiler::Catalogue& catalogue);

  /// By provider, else by the source's name; nothing when the gate has none. Says so of a source
  /// whose own scheme has errors.
  [[nodiscard]] std::expected<std::optional<RunningSource>, std::string> find(
      const std::string& provider) const;
  [[nodiscard]] std::vector<std::string> providers() const;

 private:
  explicit GateSources(compiler::Catalogue& catalogue) : catalogue_(&catalogue) {}

  [[nodiscard]] std::string setting(const std::string& text) const;
  [[nodiscard]] std::expected<void, std::string> read_scheme(RunningSource& source) const;

  compiler::Catalogue* catalogue_;
  std::string policy_file_;
  toml::table policy_;
  compiler::Values settings_;
};

}  // namespace postern::harness
