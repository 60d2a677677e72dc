#include "base/word_list.h"

#include "base/check.h"

namespace postern {

std::string_view WordList::next() {
  POSTERN_CHECK(!rest_.empty());
  const auto size = static_cast<std::size_t>(rest_.front());
  const std::string_view word = rest_.substr(1, size);
  rest_.remove_prefix(1 + size);
  return word;
}

std::string_view WordList::at(std::size_t index) {
  for (; index > 0; --index) {
    static_cast<void>(next());
  }
  return next();
}

bool WordList::contains(std::string_view word) {
  while (!is_at_end()) {
    if (next() == word) {
      return true;
    }
  }
  return false;
}

}  // namespace postern
