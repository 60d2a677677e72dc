#include "postern/gate/states/arrived.h"

#include <algorithm>

#include "postern/gate/address.h"
#include "postern/gate/ending.h"
#include "postern/gate/kept_headers.h"
#include "postern/policy/source_path.h"

namespace postern::gate {
namespace {

void find_source(Call& call) {
  const auto sources = call.configuration.sources;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (policy::takes_path(sources[i].policy->path, call.arrival.delivery.path)) {
      call.arrival.source_number = static_cast<std::uint16_t>(i);
      call.source = &sources[i];
      return;
    }
  }
  call.arrival.source_number = no_number;
}

/// A method that only challenges use comes in as far as the challenges.
bool is_challenge_method(const Call& call) {
  return std::ranges::any_of(call.source->scheme->challenges,
                             [&](const scheme::Challenge& challenge) {
                               return challenge.method == call.arrival.delivery.method;
                             });
}

std::size_t bytes_of_headers(std::span<const http::Header> headers) {
  std::size_t bytes = 0;
  for (const http::Header& header : headers) {
    bytes += header.name.size() + header.value.size();
  }
  return bytes;
}

/// A body of a GET has no meaning (RFC 9110, section 9.3.1): hosts and origins drop it, so that
/// what was verified would not be what goes on. Some hosts tell of it only by its headers.
bool has_unexpected_body(const http::Delivery& delivery) {
  const http::Header* length = http::find_header(delivery.headers, "content-length");
  return delivery.method == "GET" &&
         (delivery.body_bytes != 0 || (length != nullptr && length->value != "0") ||
          http::find_header(delivery.headers, "transfer-encoding") != nullptr);
}

Reason structural_fault(const Call& call, BodySize body_size) {
  const http::Delivery& delivery = call.arrival.delivery;
  if (call.source == nullptr) {
    return Reason::unknown_path;
  }
  if (!is_delivery_method(call) && !is_challenge_method(call)) {
    return Reason::wrong_method;
  }
  if (call.configuration.policy->gate.require_https &&
      delivery.transport != http::Transport::https) {
    return Reason::not_https;
  }
  if (body_size == BodySize::over_limit ||
      delivery.body_bytes > call.source->policy->body_bytes_max) {
    return Reason::body_too_large;
  }
  if (delivery.headers.size() > http::headers_max ||
      bytes_of_headers(delivery.headers) > http::header_bytes_max ||
      delivery.query.size() > http::query_bytes_max) {
    return Reason::headers_too_large;
  }
  const http::Header* encoding = http::find_header(delivery.headers, "content-encoding");
  if (encoding != nullptr && encoding->value != "identity") {
    return Reason::encoded_body;
  }
  return has_unexpected_body(delivery) ? Reason::unexpected_body : Reason::none;
}

}  // namespace

StepBytes arrive(Call& call, BodySize body_size) {
  find_source(call);
  if (const Reason fault = structural_fault(call, body_size); fault != Reason::none) {
    return refuse_unseen(call, fault);
  }
  if (!keep_headers(call)) {
    return refuse_unseen(call, Reason::headers_too_large);
  }
  // Without a secret nobody's delivery is refused just as with one.
  const SourceProblem ignored =
      call.arrival.is_of_nobody() ? SourceProblem::bad_secret : SourceProblem::none;
  if (call.source->problem != SourceProblem::none && call.source->problem != ignored) {
    return refuse(call, Reason::source_unavailable);
  }
  return look_at_address(call);
}

}  // namespace postern::gate
