#pragma once

#include <string>
#include <string_view>

#include "harness/host/frames.h"

namespace postern::property {

/// What a template of a provider's file may name, as a sender knows it.
struct ContentValues {
  const harness::Delivery& delivery;
  std::string timestamp;
  std::string id;
  std::string url;     // The configured address, without a query.
  std::string secret;  // The configured text.
};

/// `render_content` evaluates a template such as `{timestamp}.{body}`, grammar in
/// docs/ADDING_A_PROVIDER.md, from the text as it is written.
/// Throws: `std::runtime_error` for an unknown placeholder, or a field that the body does not have.
[[nodiscard]] std::string render_content(std::string_view pattern, const ContentValues& values);

}  // namespace postern::property
