#include "postern/base/cut.h"

namespace postern {

std::string_view cut(std::string_view& rest, char separator) {
  const std::string_view text = rest;
  const std::size_t size = text.find(separator);
  rest = size == text.npos ? std::string_view{} : text.substr(size + 1);
  return text.substr(0, size);
}

}  // namespace postern
