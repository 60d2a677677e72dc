#include <array>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "postern/base/arena.h"
#include "postern/json/extract.h"
#include "postern/json/text.h"
#include "unit/json_oracle.h"
#include "unit/json_support.h"

// The pass over JSON beside nlohmann-json: what it lets through, the other one reads too, with the
// same values; what it refuses as no JSON or no UTF-8, the other one refuses too.

namespace postern::fuzz {
namespace {

using Json = json_tests::Oracle;
using json_tests::Verdict;
using Tokens = std::vector<std::string>;

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

/// The other parser skips a byte order mark and takes a NUL for the end; we do neither.
void check_refusal(json::Fault fault, Verdict::Kind opinion, std::string_view text) {
  const bool is_ours_alone = fault == json::Fault::too_deep ||
                             fault == json::Fault::duplicate_key ||
                             (fault == json::Fault::invalid_utf8 && has_surrogate_escape(text));
  const bool is_lenient = text.starts_with("\xef\xbb\xbf") || text.contains('\0');
  FUZZ_CHECK(is_ours_alone || is_lenient || opinion != Verdict::Kind::accepted, text);
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
  const json_tests::ExactCopy body(text);
  std::vector<json::Value> values(pointers.size());
  alignas(16) std::array<std::byte, 8192> storage;
  Arena arena(storage);
  const auto done = json::extract(body.bytes(), pointers, values, arena);
  const Verdict::Kind opinion = Verdict::of(text);
  if (!done.has_value()) {
    check_refusal(done.error(), opinion, text);
    return;
  }
  const bool is_accepted = opinion == Verdict::Kind::accepted;
  const bool may_differ = opinion == Verdict::Kind::number_too_large || has_surrogate_escape(text);
  FUZZ_CHECK(is_accepted || may_differ, text);
  if (is_accepted) {
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
