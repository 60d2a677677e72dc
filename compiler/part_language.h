#pragma once

#include <vector>

#include "compiler/template_proof.h"

namespace postern::compiler {

/// All texts that a part can be: a row of bytes, each out of its set, and then any number of
/// `rest`; or, without a row, one byte of `first` and then any number of `rest`, and nothing at all
/// where `may_be_empty`.
struct Language {
  std::vector<ByteSet> row;
  ByteSet first;
  ByteSet rest;
  bool may_be_empty = false;

  /// Whether all its texts have the same length.
  [[nodiscard]] bool has_one_length() const { return !row.empty() && rest.none(); }
};

/// A part of a content that the search tells from others. `index` is its number in the template.
struct ProvedPart {
  std::size_t index = 0;
  Language language;
};

/// `proved_parts` gives the parts of a rule's content with what each of them can be. Two bodies
/// with nothing but texts of a fixed length between them are one part: they are the same bytes, so
/// the length of the whole says where each ends.
///
/// `left_out` says which optional stretches are not there: bit n for the stretch n + 1.
[[nodiscard]] std::vector<ProvedPart> proved_parts(const scheme::Scheme& scheme,
                                                   const scheme::SignatureRule& rule,
                                                   unsigned left_out);

/// `visible_bytes` are those from `!` to `~`.
[[nodiscard]] ByteSet visible_bytes();

}  // namespace postern::compiler
