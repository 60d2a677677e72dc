#pragma once

#include <map>
#include <string>

namespace postern::compiler {

/// Values that the linter may look at, by name. Never printed.
struct Environment {
  /// Whether the values are known at all. Else nothing can be said of what is not set.
  bool is_known = false;
  std::map<std::string, std::string, std::less<>> values;
};

}  // namespace postern::compiler
