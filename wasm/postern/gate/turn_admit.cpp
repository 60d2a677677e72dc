#include <algorithm>
#include <array>

#include "postern/encoding/hex.h"
#include "postern/gate/turn.h"
#include "postern/http/address.h"
#include "postern/http/header_rules.h"
#include "postern/scheme/claims.h"

// What is kept of a delivery, who may come in at all and how often, and what a source lets through
// that only observes.

namespace postern::gate {
namespace {

/// An IPv6 sender owns the lower half of its address, and could have a new one for each request.
constexpr std::size_t ipv6_network_bytes = 8;

}  // namespace

/// Keeps what is read of a delivery, and what goes on to the origin as far as there is room:
/// everything behind this reads no other header. False when what is read is more than a ticket
/// holds.
bool Turn::keep_headers(std::span<const http::Header> all) {
  const std::span<http::Header> kept = arena_.make_array<http::Header>(kept_headers_max);
  std::size_t places = kept.size();
  std::size_t bytes = kept_header_bytes_max;
  const auto fits = [&](const http::Header& header) {
    const std::size_t size = header.name.size() + header.value.size() + 4;
    if (places == 0 || size > bytes) {
      return false;
    }
    --places;
    bytes -= size;
    return true;
  };
  const auto is_read = [&](const http::Header& header) {
    return scheme::reads_header(*source_->scheme, header.name);
  };
  if (!std::ranges::all_of(
          all, [&](const http::Header& header) { return !is_read(header) || fits(header); })) {
    return false;
  }
  std::size_t count = 0;
  for (const http::Header& header : all) {
    if (is_read(header) || (goes_on(header.name, Way::at_once) && fits(header))) {
      kept[count++] = header;
    }
  }
  ticket_.delivery.headers = kept.first(count);
  return true;
}

Reason Turn::admission_fault() const {
  if (source_->problem != SourceProblem::none) {
    return Reason::source_unavailable;
  }
  const auto ranges = source_->policy->allow_addresses;
  if (ranges.empty()) {
    return Reason::none;
  }
  const auto address = http::parse_address(ticket_.delivery.client_address);
  const bool is_let_in =
      address.has_value() && std::ranges::any_of(ranges, [&](const policy::AddressRange& range) {
        return http::shares_prefix(*address, range.address, range.prefix_bits);
      });
  return is_let_in ? Reason::none : Reason::address_refused;
}

/// A body of a GET has no meaning (RFC 9110, section 9.3.1): hosts and origins drop it, so that
/// what was verified would not be what goes on. Some hosts tell of it only by its headers.
bool Turn::has_unexpected_body() const {
  const http::Delivery& delivery = ticket_.delivery;
  const http::Header* length = http::find_header(delivery.headers, "content-length");
  return delivery.method == "GET" &&
         (delivery.body_bytes != 0 || (length != nullptr && length->value != "0") ||
          http::find_header(delivery.headers, "transfer-encoding") != nullptr);
}

Bytes Turn::ask_for_limit(Phase phase) {
  const policy::RateLimit& limit = source_->policy->rate_limit;
  // A body that came along is needed again: it is not verified yet.
  const bool needs_body = phase == Phase::limit_address && ticket_.delivery.body_is_here;
  Writer step = ask_for(Effect::limit, phase, needs_body ? BodyNeed::next : BodyNeed::none);
  step.text16(bucket());
  step.u32(limit.requests);
  step.u32(limit.period_seconds);
  return step.written();
}

/// A limiter that cannot be asked stops nothing: it saves work, it proves nothing.
Bytes Turn::on_limit(Reader& outcome) {
  enum : std::uint8_t { unavailable = 0, denied = 2 };
  const std::uint8_t result = outcome.u8();
  if (!outcome.finished() || result > denied) {
    return {};
  }
  ticket_.limit_was_down = result == unavailable;
  if (result == denied) {
    ticket_.retry_after_seconds = source_->policy->rate_limit.period_seconds;
    return refuse_with(Reason::rate_limited);
  }
  return ticket_.phase == Phase::limit_address ? authenticate() : take_in();
}

std::string_view Turn::bucket() const {
  const std::string_view name = source_->policy->name;
  if (source_->policy->rate_limit.by == policy::LimitBy::source) {
    return name;
  }
  auto address = http::parse_address(ticket_.delivery.client_address).value_or(http::Address{});
  if (!http::is_ipv4(address)) {
    std::ranges::fill(std::span(address).subspan<ipv6_network_bytes>(), std::byte{0});
  }
  std::array<char, 2 * sizeof(http::Address)> hex;
  const std::array<std::string_view, 3> parts = {name, "/", encoding::encode_hex(address, hex)};
  return arena_.join(parts);
}

/// What the gate can carry but would not have forwarded. Handshakes, and what was queued although
/// the ledger is down, have been taken care of.
bool Turn::is_observable() const {
  return source_ != nullptr && source_->policy->mode == policy::Mode::observe &&
         has_kept_headers_ && is_delivery_method() && !ticket_.is_queue_run &&
         ticket_.verdict != Verdict::accepted && source_->problem != SourceProblem::bad_destination;
}

/// Goes on to the first route that leads anywhere, without a signature of the gate and with the
/// verdict. Empty when there is none.
Bytes Turn::observe() {
  const auto routes = source_->policy->routes;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (routes[i].kind == policy::RouteKind::forward) {
      ticket_.route = static_cast<std::uint16_t>(i);
      ticket_.destination = 0;
      ticket_.is_observed = true;
      ticket_.retry_after_seconds = 0;
      return forward({});
    }
  }
  return {};
}

}  // namespace postern::gate
