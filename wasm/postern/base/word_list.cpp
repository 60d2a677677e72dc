#include "postern/base/word_list.h"

#include "postern/base/check.h"

namespace postern {

std::string_view WordList::next() {
  POSTERN_CHECK(!rest_.empty());
  const std::size_t size = static_cast<unsigned char>(rest_.front());
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

/// Asked for every header of a delivery, so it looks at lengths before it looks at words.
bool WordList::contains(std::string_view word) const {
  for (std::size_t at = 0; at < rest_.size();) {
    const std::size_t size = static_cast<unsigned char>(rest_[at]);
    if (size == word.size() && rest_.substr(at + 1, size) == word) {
      return true;
    }
    at += 1 + size;
  }
  return false;
}

}  // namespace postern
