#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::harness {

/// The address that a sender was given, in two parts: a scheme that signs it signs both, and a
/// delivery has the second as its query, or the beginning of it. Empty where it was given none.
struct Address {
  std::string url;
  std::string query;  // Without its `?`.
};

[[nodiscard]] Address split_address(std::string_view text);

/// `shown_address` gives an address as an error may show it: a query may hold a token, and what
/// stands before the host a password.
[[nodiscard]] std::string shown_address(std::string_view text);

/// `path_of` gives the path of an address without a query: `/` where it has none, and nothing for
/// an empty address.
[[nodiscard]] std::string path_of(std::string_view url);

/// `moved_query` gives the query of a delivery to an address with the query `from`, as one to an
/// address with `to` has it. Nothing when it does not begin with `from`.
[[nodiscard]] std::optional<std::string> moved_query(std::string_view from, std::string_view to,
                                                     std::string_view query);

}  // namespace postern::harness
