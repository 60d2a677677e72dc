#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "harness/fixture/fixture.h"

// Parts of a fixture as JSON, for other programs that play it.

namespace postern::harness {

/// Pairs, in their order.
[[nodiscard]] nlohmann::ordered_json json_form(const std::vector<Header>& headers);

/// The body in base64.
[[nodiscard]] nlohmann::ordered_json json_form(const Delivery& delivery);

/// An object by what is expected; of a table, an object by its keys.
[[nodiscard]] nlohmann::ordered_json json_form(const std::vector<Expectation>& expectations);

}  // namespace postern::harness
