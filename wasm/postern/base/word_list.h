#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// Lists of words in the form in which the module carries them: one behind the other, each behind a
// byte with its length. An array of `std::string_view` takes eight bytes more for every word.

namespace postern {

/// `word_list_bytes` is the size of the list of `words`.
template <std::size_t count>
consteval std::size_t word_list_bytes(const std::array<std::string_view, count>& words) {
  std::size_t bytes = count;
  for (const std::string_view word : words) {
    bytes += word.size();
  }
  return bytes;
}

/// `make_word_list` gives the list of `words`, which are shorter than 128 characters. `bytes` is
/// `word_list_bytes` of them.
template <std::size_t bytes, std::size_t count>
consteval std::array<char, bytes> make_word_list(const std::array<std::string_view, count>& words) {
  std::array<char, bytes> list{};
  std::size_t at = 0;
  for (const std::string_view word : words) {
    list[at++] = static_cast<char>(word.size());
    for (const char c : word) {
      list[at++] = c;
    }
  }
  return list;
}

/// Reads a list word by word. Borrows the list, and so do the words.
class WordList {
 public:
  template <std::size_t bytes>
  explicit WordList(const std::array<char, bytes>& list) : rest_(list.data(), bytes) {}

  [[nodiscard]] bool is_empty() const { return rest_.empty(); }

  /// `next` traps at the end.
  [[nodiscard]] std::string_view next();

  /// `at` gives the word behind `index` others; traps when there is none.
  [[nodiscard]] std::string_view at(std::size_t index);

  /// `contains` says whether one of the words that are left is `word`.
  [[nodiscard]] bool contains(std::string_view word) const;

 private:
  std::string_view rest_;
};

}  // namespace postern
