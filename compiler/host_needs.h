#pragma once

#include <set>
#include <string>
#include <vector>

#include "compiler/host_limits.h"
#include "compiler/policy_reader.h"

// What a compiled policy needs of the host that it runs on: values by name, counters, a queue.

namespace postern::compiler {

/// What one value of the environment is. One that has several uses is told by the first.
enum class ValueKind : std::uint8_t {
  secret,       // Of a source.
  url,          // A source's own address.
  destination,  // Where a route forwards to.
  signing,      // Signs what the gate sends.
  parameter,    // What a source's scheme leaves to it.
};

[[nodiscard]] std::string_view name_of(ValueKind kind);

/// How a signature rule reads a secret.
struct KeyNeed {
  std::string algorithm;
  std::string form;
  std::string prefix;
  std::uint16_t bytes_min = 0;
  std::uint16_t bytes_max = 0;
};

struct ValueNeed {
  std::string name;
  ValueKind kind = ValueKind::signing;
  /// Whose it is; empty for a signing secret.
  std::string source;
  std::string provider;
  std::string path;
  std::vector<KeyNeed> keys;
};

struct HostNeeds {
  /// Of the environment, in the order of their slots.
  std::vector<ValueNeed> values;
  /// Functions of the program that the gate runs in, by their names.
  std::set<std::string> handlers;
  /// What the host counts in, by the names that its configuration has to bind: one for each pair of
  /// numbers in a `rate_limit`.
  std::set<std::string> rate_bindings;
  /// Whether anything is delivered by the queue.
  bool queue = false;
};

[[nodiscard]] HostNeeds needs_of(const PolicyModel& model, const HostLimits& host);

/// `redirect_destinations` makes `origin` stand for every literal destination of `model`, each
/// under a path of its own: its host and path. Returns how many there were.
std::size_t redirect_destinations(PolicyModel& model, std::string_view origin);

}  // namespace postern::compiler
