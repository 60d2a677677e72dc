#include "postern/gate/outgoing.h"

#include <algorithm>
#include <array>

#include "postern/crypto/hmac.h"
#include "postern/crypto/sha2.h"
#include "postern/encoding/base64.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/gate/forward_fields.h"
#include "postern/gate/forward_headers.h"
#include "postern/gate/ledger_rows.h"
#include "postern/gate/signed_query.h"
#include "postern/gate/ticket.h"
#include "postern/http/header_rules.h"
#include "postern/http/query.h"

namespace postern::gate {
namespace {

/// Headers of a forward that are the gate's own: its fields and its signatures.
constexpr std::size_t own_headers_max = forward_fields_count + 4;

/// Before every signature of the gate.
constexpr std::string_view signature_version = "v1,";
/// A version, a MAC in base64, and a blank before the next one.
constexpr std::size_t signature_bytes =
    signature_version.size() + encoding::base64_characters_max(crypto::Sha256::digest_bytes) + 1;

/// First line of what the second signature covers. What the first one covers, by the same key,
/// begins with hex digits; and another form of this text will begin otherwise.
constexpr std::string_view signed_fields_label = "postern-forward-1";
constexpr std::string_view line_end = "\n";

/// Appends a MAC to the list of signatures in `room`, whose size is `size`; gives its text alone.
std::string_view add_signature(Bytes mac, std::span<char> room, std::size_t& size) {
  if (size != 0) {
    room[size++] = ' ';
  }
  std::ranges::copy(signature_version, room.subspan(size).begin());
  size += signature_version.size();
  const std::string_view text =
      encoding::encode_base64(mac, encoding::Base64Alphabet::standard, room.subspan(size));
  size += text.size();
  return text;
}

}  // namespace

Outgoing::Outgoing(const Call& call, const Permit& permit)
    : call_(call),
      is_observed_(std::holds_alternative<Observed>(permit)),
      route_(call.source->policy->routes[call.facts.place.route]),
      destination_(
          call.source->destinations[call.facts.place.route][call.facts.place.destination]) {
  const Facts& facts = call.facts;
  const bool is_proved = facts.seal.proof != scheme::Proof::none;
  // Of a stored delivery nothing else was stored.
  query_ = facts.is_run ? call.arrival.delivery.query
                        : signed_query(call, is_proved ? &facts.seal : nullptr);
}

/// Of what the lease has over the origin's time limit (5 s unless the policy says otherwise) two
/// fifths are left for the way.
bool Outgoing::is_too_late() const {
  const std::uint64_t spare_ms = call_.source->policy->lease_ms - route_.timeout_ms;
  return call_.facts.grant.epoch != 0 &&
         call_.now_ms > call_.facts.grant.asked_at_ms + spare_ms * 3 / 5;
}

std::span<const contract::MacRequest> Outgoing::mac_requests(std::uint64_t at_seconds) const {
  const auto signers = destination_.signers;
  const std::array<std::string_view, 4> signed_parts = {key_text(), ".", time_text(at_seconds),
                                                        "."};
  const std::span<scheme::Piece> pieces = call_.arena.make_array<scheme::Piece>(2);
  pieces[0].bytes = bytes_of(call_.arena.join(signed_parts));
  pieces[1].kind = scheme::Piece::Kind::body;
  const std::span<contract::MacRequest> requests =
      call_.arena.make_array<contract::MacRequest>(signers.size());
  for (std::size_t i = 0; i < signers.size(); ++i) {
    requests[i] = {
        .hash = crypto::HashAlgorithm::sha256, .key = signers[i]->number, .content = pieces};
  }
  return requests;
}

std::string_view Outgoing::time_text(std::uint64_t at_seconds) const {
  return encoding::encode_decimal(at_seconds, call_.arena);
}

std::string_view Outgoing::key_text() const {
  return encoding::encode_hex(own_key(call_.facts.event, call_.facts.grant.is_copy), call_.arena);
}

std::string_view Outgoing::url() const {
  const std::string_view url = destination_.url;
  if (http::may_extend(url, query_)) {
    return http::extend(url, query_, call_.arena);
  }
  return is_observed_ ? url : std::string_view{};
}

/// What the origin is told of the delivery; the same when it is signed and when it is sent.
ForwardFields Outgoing::fields() const {
  const Facts& facts = call_.facts;
  ForwardFields fields;
  tell_event(call_, fields);
  if (is_observed_) {
    fields.set(ForwardField::verdict, name_of(facts.decision.verdict));
    if (facts.decision.reason != Reason::none) {
      fields.set(ForwardField::reason, postern::name_of(facts.decision.reason));
    }
    return fields;
  }
  tell_keys(call_, fields);
  fields.set(ForwardField::attempt, encoding::encode_decimal(facts.grant.epoch, call_.arena));
  if (facts.grant.maybe_duplicate) {
    fields.set(ForwardField::maybe_duplicate, "true");
  }
  return fields;
}

/// The gate's two signatures by every signer. The second one covers where the forward goes, and
/// each field as a line of its own, so that one that is taken away, added or moved breaks it. The
/// body stands in it as the MAC of the first one, which only who has the key could have made.
/// docs/ORIGIN.md has this text for those who verify.
Outgoing::Signatures Outgoing::sign(std::string_view url, const ForwardFields& fields,
                                    std::span<const Bytes> macs, std::uint64_t at_seconds) const {
  const std::span<char> body_room = call_.arena.make_chars(macs.size() * signature_bytes);
  const std::span<char> fields_room = call_.arena.make_chars(macs.size() * signature_bytes);
  std::size_t body_size = 0;
  std::size_t fields_size = 0;
  for (std::size_t i = 0; i < macs.size(); ++i) {
    const std::string_view of_body = add_signature(macs[i], body_room, body_size);
    crypto::Hmac mac(destination_.signers[i]->hmac);
    for (const std::string_view line : {signed_fields_label, call_.arrival.delivery.method, url,
                                        key_text(), time_text(at_seconds), of_body}) {
      mac.update(bytes_of(line));
      mac.update(bytes_of(line_end));
    }
    for (const std::string_view value : fields.values()) {
      mac.update(bytes_of(value));
      mac.update(bytes_of(line_end));
    }
    static_cast<void>(
        add_signature(mac.finish(call_.arena.make_bytes(crypto::Sha256::digest_bytes)), fields_room,
                      fields_size));
  }
  return {.of_body = {body_room.data(), body_size}, .of_fields = {fields_room.data(), fields_size}};
}

contract::Forward Outgoing::compose(std::string_view url, std::span<const Bytes> macs,
                                    std::uint64_t at_seconds) const {
  const std::span<http::Header> headers =
      call_.arena.make_array<http::Header>(kept_headers_max + own_headers_max);
  std::size_t count = 0;
  const bool is_stored = call_.facts.is_run || route_.deliver == policy::Deliver::queue;
  const bool gate_signs = !destination_.signers.empty();
  for (const http::Header& header : call_.arrival.delivery.headers) {
    const bool is_replaced = gate_signs && is_standard(header.name);
    if (goes_on(*call_.source, header.name, is_stored ? Way::stored : Way::at_once) &&
        !is_replaced && http::is_header_text(header.value)) {
      headers[count++] = header;
    }
  }
  const ForwardFields own_fields = fields();
  count += own_fields.write_headers(headers.subspan(count));
  if (!macs.empty()) {
    const Signatures signatures = sign(url, own_fields, macs, at_seconds);
    headers[count++] = {.name = "webhook-id", .value = key_text()};
    headers[count++] = {.name = "webhook-timestamp", .value = time_text(at_seconds)};
    headers[count++] = {.name = "webhook-signature", .value = signatures.of_body};
    headers[count++] = {.name = "postern-signature", .value = signatures.of_fields};
  }
  return {.method = call_.arrival.delivery.method,
          .url = url,
          .headers = headers.first(count),
          .timeout_ms = route_.timeout_ms,
          // Nobody waits for what a run is told.
          .answer_bytes_max = call_.facts.is_run ? 0 : answer_bytes_max};
}

}  // namespace postern::gate
