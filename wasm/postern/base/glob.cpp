#include "postern/base/glob.h"

#include <cstddef>

namespace postern {

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t at_glob = 0;
  std::size_t at_text = 0;
  std::size_t star = std::string_view::npos;  // The last star, to come back to.
  std::size_t star_text = 0;                  // What it has swallowed up to.
  while (at_text < text.size()) {
    if (at_glob < glob.size() && glob[at_glob] == '*') {
      star = at_glob++;
      star_text = at_text;
    } else if (at_glob < glob.size() && glob[at_glob] == text[at_text]) {
      ++at_glob;
      ++at_text;
    } else if (star != std::string_view::npos) {
      at_glob = star + 1;
      at_text = ++star_text;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', at_glob) == std::string_view::npos;
}

}  // namespace postern
