#include "harness/host/address.h"

namespace postern::harness {

Address split_address(std::string_view text) {
  const std::size_t mark = text.find('?');
  return mark == text.npos ? Address{.url = std::string(text), .query = ""}
                           : Address{.url = std::string(text.substr(0, mark)),
                                     .query = std::string(text.substr(mark + 1))};
}

}  // namespace postern::harness
