#include <cstdio>
#include <vector>

#include "compiler/request.h"

// The native compiler behind the same border as its module: requests on standard input, each behind
// its length, their answers on standard output. An answer of no bytes is to what is no request.

namespace {

using postern::Bytes;

bool read_bytes(std::vector<std::byte>& bytes) {
  return std::fread(bytes.data(), 1, bytes.size(), stdin) == bytes.size();
}

bool write_bytes(Bytes bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
}

std::uint32_t length_of(Bytes prefix) {
  std::uint32_t length = 0;
  for (std::size_t i = prefix.size(); i-- > 0;) {
    length = length << 8U | std::to_integer<std::uint32_t>(prefix[i]);
  }
  return length;
}

}  // namespace

int main() {
  std::vector<std::byte> prefix(4);
  while (read_bytes(prefix)) {
    std::vector<std::byte> request(length_of(prefix));
    if (!read_bytes(request)) {
      return 1;
    }
    const auto answer =
        postern::compiler::answer_request(request).value_or(std::vector<std::byte>{});
    for (std::size_t i = 0; i < prefix.size(); ++i) {
      prefix[i] = static_cast<std::byte>(answer.size() >> (8 * i));
    }
    if (!write_bytes(prefix) || !write_bytes(answer)) {
      return 1;
    }
  }
  return 0;
}
