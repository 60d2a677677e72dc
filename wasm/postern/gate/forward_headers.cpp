#include "postern/gate/forward_headers.h"

#include <algorithm>

#include "postern/gate/ticket.h"
#include "postern/http/header_rules.h"
#include "postern/scheme/claims.h"

namespace postern::gate {
namespace {

/// How all headers of Standard Webhooks begin.
constexpr std::string_view standard_prefix = "webhook-";

/// Whether a list has that name, or the beginning of it with `*` behind.
bool is_listed(std::span<const std::string_view> list, std::string_view name) {
  return std::ranges::any_of(list, [&](std::string_view listed) {
    return listed.ends_with('*') ? name.starts_with(listed.substr(0, listed.size() - 1))
                                 : name == listed;
  });
}

}  // namespace

bool is_standard(std::string_view name) { return name.starts_with(standard_prefix); }

bool goes_on(const LiveSource& source, std::string_view name, Way way) {
  const scheme::Scheme& scheme = *source.scheme;
  const bool is_read_to_verify = scheme::verifies_with(scheme, name);
  const bool is_proof = is_read_to_verify || is_listed(scheme.proof_headers, name);
  const bool is_told = http::is_content_header(name) || is_listed(scheme.headers, name) ||
                       scheme::identifies_with(scheme, name);
  const bool is_let_on = is_proof ? way == Way::at_once : is_told;
  if (!is_let_on && !is_listed(source.policy->forward_headers, name)) {
    return false;
  }
  const bool is_theirs = is_read_to_verify && is_standard(name);
  return !scheme::carries_secret(scheme, name) &&
         !http::is_kept_back(name.substr(is_theirs ? standard_prefix.size() : 0));
}

std::span<const http::Header> stored_headers(const Call& call) {
  const std::span<http::Header> headers = call.arena.make_array<http::Header>(kept_headers_max);
  const auto end = std::ranges::copy_if(
      call.arrival.delivery.headers, headers.begin(),
      [&](const http::Header& header) { return goes_on(*call.source, header.name, Way::stored); });
  return {headers.begin(), end.out};
}

}  // namespace postern::gate
