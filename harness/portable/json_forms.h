#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "harness/fixture/fixture.h"

// Parts of a fixture as JSON, for other programs that play it.

namespace postern::harness {

using Json = nlohmann::ordered_json;

/// Pairs, in their order.
[[nodiscard]] Json json_form(const std::vector<Header>& headers);

/// The body in base64.
[[nodiscard]] Json json_form(const Delivery& delivery);

/// An object by what is expected; of a table, an object by its keys.
[[nodiscard]] Json json_form(const std::vector<Expectation>& expectations);

}  // namespace postern::harness
