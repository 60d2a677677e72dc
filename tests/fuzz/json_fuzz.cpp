#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "json/extract.h"
#include "json/text.h"

// The pass over JSON beside nlohmann-json: what it lets through, the other one reads too, with the
// same values; what it refuses as no JSON or no UTF-8, the other one refuses too.

namespace postern::fuzz {
namespace {

using Json = nlohmann::json;
using Tokens = std::vector<std::string>;

/// What the other parser makes of a text. It stops at numbers that no double holds, skips a byte
/// order mark, and takes a NUL for the end; none of it is ours.
class Opinion : public nlohmann::json_sax<Json> {
 public:
  bool accepted = false;
  bool is_number_too_large = false;

  explicit Opinion(std::string_view text) {
    accepted = Json::sax_parse(text.begin(), text.end(), this);
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(std::string&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    constexpr int number_overflow = 406;
    is_number_too_large = error.id == number_overflow;
    return false;
  }
};

bool has_surrogate_escape(std::string_view text) {
  return text.contains("\\ud") || text.contains("\\uD");
}

/// Where `tokens` lead in a document, by RFC 6901: an index has one spelling.
const Json* find(const Json& document, const Tokens& tokens) {
  const Json* value = &document;
  for (const std::string& token : tokens) {
    if (value->is_object()) {
      const auto member = value->find(token);
      if (member == value->end()) {
        return nullptr;
      }
      value = &*member;
    } else if (value->is_array()) {
      const bool is_index = !token.empty() && token.size() <= 9 &&
                            token.find_first_not_of("0123456789") == token.npos &&
                            (token == "0" || !token.starts_with('0'));
      const std::size_t index = is_index ? std::stoull(token) : value->size();
      if (index >= value->size()) {
        return nullptr;
      }
      value = &(*value)[index];
    } else {
      return nullptr;
    }
  }
  return value;
}

json::Type type_of(const Json* value) {
  if (value == nullptr) {
    return json::Type::absent;
  }
  return value->is_string()    ? json::Type::string
         : value->is_object()  ? json::Type::object
         : value->is_array()   ? json::Type::array
         : value->is_number()  ? json::Type::number
         : value->is_boolean() ? json::Type::boolean
                               : json::Type::null;
}

void check_value(const json::Value& found, const Json* wanted, std::string_view text) {
  FUZZ_CHECK(found.type == type_of(wanted), text);
  if (found.type == json::Type::string) {
    std::string room(found.raw.size(), '\0');
    const auto meaning = json::unescape(found.raw, room);
    FUZZ_CHECK(meaning.has_value() && *meaning == wanted->get_ref<const std::string&>(), text);
    FUZZ_CHECK(json::has_one_meaning(found.raw) && json::unescapes_to(found.raw, *meaning), text);
  } else if (found.type != json::Type::absent) {
    FUZZ_CHECK(Json::parse(found.raw, nullptr, false) == *wanted, text);
  }
  if (found.type == json::Type::number) {
    const auto integer = json::canonical_integer(found.raw);
    FUZZ_CHECK(!integer.has_value() || std::to_string(*integer) == found.raw, text);
  }
}

/// A text in a buffer of exactly its size.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(text.begin(), text.end()) {
    bytes_.shrink_to_fit();
  }
  [[nodiscard]] Bytes bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  std::vector<char> bytes_;
};

std::vector<Tokens> read_paths(Input& input) {
  std::vector<Tokens> paths(1 + input.u8() % json::pointers_max);
  for (Tokens& path : paths) {
    path.resize(input.u8() % 5);
    for (std::string& token : path) {
      token = input.raw(input.u8() % 24);
    }
  }
  return paths;
}

void check_refusal(json::Fault fault, const Opinion& opinion, std::string_view text) {
  const bool is_ours_alone = fault == json::Fault::too_deep ||
                             fault == json::Fault::duplicate_key ||
                             (fault == json::Fault::invalid_utf8 && has_surrogate_escape(text));
  const bool is_lenient = text.starts_with("\xef\xbb\xbf") || text.contains('\0');
  FUZZ_CHECK(is_ours_alone || is_lenient || !opinion.accepted, text);
}

void run(Input input) {
  const std::vector<Tokens> paths = read_paths(input);
  const std::string_view text = input.rest();
  std::vector<std::vector<std::string_view>> views;
  std::vector<json::Pointer> pointers;
  for (const Tokens& path : paths) {
    views.emplace_back(path.begin(), path.end());
  }
  for (const auto& view : views) {
    pointers.push_back({.tokens = view});
  }
  const Exact body(text);
  std::vector<json::Value> values(pointers.size());
  alignas(16) std::array<std::byte, 8192> storage;
  Arena arena(storage);
  const auto done = json::extract(body.bytes(), pointers, values, arena);
  const Opinion opinion(text);
  if (!done.has_value()) {
    check_refusal(done.error(), opinion, text);
    return;
  }
  const bool may_differ = opinion.is_number_too_large || has_surrogate_escape(text);
  FUZZ_CHECK(opinion.accepted || may_differ, text);
  if (opinion.accepted) {
    const Json document = Json::parse(text);
    for (std::size_t i = 0; i < values.size(); ++i) {
      check_value(values[i], find(document, paths[i]), text);
    }
  }
}

}  // namespace
}  // namespace postern::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  postern::fuzz::run({data, size});
  return 0;
}
