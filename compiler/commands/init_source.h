#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue.h"

// What `postern init` has to say of a source, before it is a policy's text or a program's.

namespace postern::compiler {

/// What the gate runs as.
enum class InitPlace : std::uint8_t { worker = 0, node = 1 };

/// `key = value`. A value reads alike in TOML and JavaScript, but for its quotes.
struct PolicyLine {
  /// Above it, line by line.
  std::vector<std::string> comment;
  std::string_view key;
  /// May go over several lines.
  std::string value;
  /// Whether it is written as a comment, for whoever wants it.
  bool is_offered = false;
};

struct NewSource {
  /// Whose deliveries, and where its manual is.
  std::string title;
  std::string name;
  std::vector<PolicyLine> lines;
  /// Of its one route, besides where that goes.
  std::vector<PolicyLine> route;
};

/// `make_source` decides what a provider's file would make `postern lint` ask, and a comment says
/// how.
[[nodiscard]] NewSource make_source(const SchemeModel& model, InitPlace place);

/// `indented` puts `before` before each line of `text`, and a line end behind it.
[[nodiscard]] std::string indented(std::string_view text, std::string_view before);

}  // namespace postern::compiler
