#include "postern/http/query.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "postern/base/characters.h"
#include "postern/base/cut.h"
#include "postern/encoding/hex.h"

namespace postern::http {
namespace {

using namespace std::string_view_literals;

constexpr int end_of_name = -1;

/// What `[` is in a name: where an index begins, or one more character that PHP takes for `_`, as
/// it does where no `]` follows.
enum class Bracket : std::uint8_t { begins_index = 0, is_underscore = 1 };

/// Reads the name of one parameter, character by character, and takes alike what parsers take
/// alike.
class NameReader {
 public:
  NameReader(std::string_view parameter, Bracket bracket) : rest_(parameter), bracket_(bracket) {
    rest_ = rest_.substr(0, rest_.find('='));
    while (!rest_.empty() && peek() == ' ') {
      skip();  // PHP drops blanks in front.
    }
  }

  int next() {
    const int c = rest_.empty() ? 0 : peek();
    if (c == 0 || (c == '[' && bracket_ == Bracket::begins_index)) {
      return end_of_name;  // PHP's names end at a NUL.
    }
    skip();
    if (c == ' ' || c == '.' || c == '[') {
      return '_';
    }
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
  }

 private:
  [[nodiscard]] bool is_escape() const {
    return rest_.size() >= 3 && rest_[0] == '%' &&
           (encoding::hex_value(rest_[1]) | encoding::hex_value(rest_[2])) <
               encoding::not_a_hex_digit;
  }

  [[nodiscard]] int peek() const {
    if (is_escape()) {
      return static_cast<int>(encoding::hex_value(rest_[1]) << 4 | encoding::hex_value(rest_[2]));
    }
    return rest_[0] == '+' ? ' ' : static_cast<unsigned char>(rest_[0]);
  }

  void skip() { rest_.remove_prefix(is_escape() ? 3 : 1); }

  std::string_view rest_;
  Bracket bracket_;
};

bool are_same(NameReader one, NameReader other) {
  while (true) {
    const int c = one.next();
    if (c != other.next()) {
      return false;
    }
    if (c == end_of_name) {
      return true;
    }
  }
}

bool have_same_name(std::string_view left, std::string_view right) {
  return std::ranges::any_of(
      std::array{Bracket::begins_index, Bracket::is_underscore}, [&](Bracket bracket) {
        return are_same(NameReader(left, bracket), NameReader(right, bracket));
      });
}

/// Takes the next parameter off the front of `query`.
std::string_view next_parameter(std::string_view& query) {
  const std::size_t end = std::min(query.find_first_of("&;"sv), query.size());
  const std::string_view parameter = query.substr(0, end);
  query.remove_prefix(std::min(end + 1, query.size()));
  return parameter;
}

bool has_name_of(std::string_view query, std::string_view parameter) {
  while (!query.empty()) {
    const std::string_view own = next_parameter(query);
    if (!own.empty() && have_same_name(own, parameter)) {
      return true;
    }
  }
  return false;
}

std::string_view query_of(std::string_view url) {
  static_cast<void>(cut(url, '?'));
  return url;
}

}  // namespace

bool may_extend(std::string_view url, std::string_view query) {
  const std::string_view own = query_of(url);
  bool may = consists_of(query, Characters::url);
  while (may && !query.empty()) {
    const std::string_view parameter = next_parameter(query);
    may = parameter.empty() || !has_name_of(own, parameter);
  }
  return may;
}

std::string_view extend(std::string_view url, std::string_view query, Arena& arena) {
  if (query.empty()) {
    return url;
  }
  const std::string_view own = query_of(url);
  const std::array parts = {url, own.data() == nullptr ? "?"sv : own.empty() ? ""sv : "&"sv, query};
  return arena.join(parts);
}

}  // namespace postern::http
