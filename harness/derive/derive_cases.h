#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/diagnostics.h"
#include "harness/fixture/compiled_case.h"

namespace postern::harness {

/// A case that every provider has, made of its genuine delivery.
struct DerivedCase {
  /// Such as `derived/changed-body`.
  std::string name;
  std::string shows;
  /// Why the scheme has no such case; then nothing was compiled.
  std::string why_not;
  std::optional<CompiledCase> compiled;
};

/// `derive_cases` makes the cases that docs/FIXTURES.md lists of a fixture that says `genuine`.
/// What is wrong with the fixture goes to the report. Borrows nothing.
[[nodiscard]] std::vector<DerivedCase> derive_cases(const CompiledCase& genuine,
                                                    compiler::Catalogue& catalogue,
                                                    compiler::Report& report);

}  // namespace postern::harness
