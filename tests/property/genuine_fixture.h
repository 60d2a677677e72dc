#pragma once

#include <string>

namespace postern::property {

/// The file in `fixtures/SLUG` that says `genuine`, from which the harness derives the provider's
/// cases. Empty where none says so; tests/vectors holds that exactly one does.
[[nodiscard]] std::string genuine_fixture(const std::string& slug);

}  // namespace postern::property
