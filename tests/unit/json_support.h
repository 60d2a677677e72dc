#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "postern/json/extract.h"

// What the JSON tests share: an extraction whose input has no byte to spare, and the outside
// corpus.

namespace postern::json_tests {

using Tokens = std::vector<std::string_view>;

/// The text of one delivery in a heap buffer of exactly its size, so that a sanitizer sees a read
/// of one byte too many.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view text) : size_(text.size()), bytes_(new std::byte[size_]) {
    std::memcpy(bytes_.get(), text.data(), size_);
  }
  [[nodiscard]] Bytes bytes() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
};

/// One field of a result, copied out of the text.
struct Found {
  json::Type type = json::Type::absent;
  std::string raw;
  bool operator==(const Found&) const = default;
};

using Extraction = Result<std::vector<Found>, json::Fault>;

/// `extract` runs the pass over an exact copy of `text` and copies what it found.
inline Extraction extract(std::string_view text, const std::vector<Tokens>& paths) {
  const ExactCopy body(text);
  std::vector<json::Pointer> pointers;
  for (const Tokens& tokens : paths) {
    pointers.push_back({.tokens = tokens});
  }
  std::vector<json::Value> values(paths.size());
  alignas(8) std::array<std::byte, 8192> storage;
  Arena arena(storage);
  const auto done = json::extract(body.bytes(), pointers, values, arena);
  if (!done.has_value()) {
    return refuse(done.error());
  }
  std::vector<Found> found;
  for (const json::Value& value : values) {
    found.push_back({.type = value.type, .raw = std::string(value.raw)});
  }
  return found;
}

/// The verdict as one word, for comparisons and messages.
inline std::string_view verdict_of(const Extraction& extraction) {
  if (extraction.has_value()) {
    return "accepted";
  }
  switch (extraction.error()) {
    case json::Fault::malformed:
      return "malformed";
    case json::Fault::invalid_utf8:
      return "invalid_utf8";
    case json::Fault::too_deep:
      return "too_deep";
    case json::Fault::trailing_bytes:
      return "trailing_bytes";
    case json::Fault::duplicate_key:
      return "duplicate_key";
  }
  return "unknown";
}

/// One file of the outside corpus.
struct CorpusFile {
  std::string name;
  std::string text;
};

/// `corpus_files` reads the files of JSONTestSuite's `folder` whose names begin with `prefix`.
inline std::vector<CorpusFile> corpus_files(std::string_view folder, std::string_view prefix) {
  const char* chosen = std::getenv("POSTERN_ORACLES");
  const std::filesystem::path oracles = chosen == nullptr ? "../shared/oracles" : chosen;
  std::vector<CorpusFile> files;
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator(oracles / "json-test-suite" / folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) {
      std::ifstream stream(entry.path(), std::ios::binary);
      files.push_back({name, std::string(std::istreambuf_iterator<char>(stream), {})});
    }
  }
  return files;
}

}  // namespace postern::json_tests
