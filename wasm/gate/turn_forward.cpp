#include <algorithm>
#include <array>

#include "crypto/sha2.h"
#include "encoding/base64.h"
#include "encoding/decimal.h"
#include "encoding/hex.h"
#include "gate/forward_fields.h"
#include "gate/header_list.h"
#include "gate/turn.h"
#include "http/header_rules.h"
#include "scheme/claims.h"

// What goes to the origin: which headers, and the gate's own signature.

namespace postern::gate {
namespace {

/// Headers of a forward that are the gate's own: its fields and its signature.
constexpr std::size_t own_headers_max = forward_fields_count + 3;

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

/// The signature of the gate over its own forward: Standard Webhooks, with the event key as the id,
/// so that an origin verifies one scheme for every provider.
Bytes Turn::sign_forward() {
  ticket_.forwarded_at_seconds = now_ms_ / 1000;
  if (configuration_.forward_key == nullptr) {
    return forward({});
  }
  std::array<char, 2 * scheme::event_key_bytes> key;
  std::array<char, encoding::decimal_characters_max> time;
  const std::array<std::string_view, 4> signed_parts = {
      encoding::encode_hex(ticket_.key, key), ".",
      encoding::encode_decimal(ticket_.forwarded_at_seconds, time), "."};
  const std::array pieces = {
      scheme::Piece{.kind = scheme::Piece::Kind::literal,
                    .bytes = bytes_of(arena_.join(signed_parts))},
      scheme::Piece{.kind = scheme::Piece::Kind::body, .bytes = {}},
  };
  Writer step = ask_for(Effect::mac, Phase::forward_signature, BodyNeed::none);
  step.u16(1);
  step.u8(static_cast<std::uint8_t>(crypto::HashAlgorithm::sha256));
  step.u16(configuration_.forward_key->slot);
  step.u8(forward_key_index);
  write_pieces(pieces, step);
  return step.written();
}

/// A forward that cannot be signed is not sent: the origin would refuse it.
Bytes Turn::on_forward_signature(Reader& outcome) {
  const bool is_done = outcome.u8() == 1;
  Bytes signature;
  if (is_done) {
    signature = outcome.u16() == 1 ? bytes_of(outcome.text16()) : Bytes{};
  }
  if (!outcome.finished()) {
    return {};
  }
  if (!is_done) {
    return on_forward_failed(Reason::crypto_unavailable);
  }
  return signature.size() == crypto::Sha256::digest_bytes ? forward(signature) : Bytes{};
}

/// A forward that begins so late could outlast its lease, and meet the next owner's. Counted from
/// when the claim was sent, since nobody knows how long the reply took: of what the lease has over
/// the origin's time limit (5 s unless the policy says otherwise) two fifths are left for the way.
bool Turn::is_too_late_to_forward() const {
  const std::uint64_t spare_ms = source_->policy->lease_ms - chosen_route()->timeout_ms;
  return ticket_.epoch != 0 && now_ms_ > ticket_.claimed_at_ms + spare_ms * 3 / 5;
}

/// What shows that a delivery is its sender's goes on only while the sender waits: with it an
/// origin's own verifier keeps working, and in a store it would lie for days. The names of Standard
/// Webhooks are the gate's own, but where the sender signs by them.
bool Turn::goes_on(std::string_view name, Way way) const {
  const scheme::Scheme& scheme = *source_->scheme;
  const bool is_read_to_verify = scheme::verifies_with(scheme, name);
  const bool is_proof = is_read_to_verify || is_listed(scheme.proof_headers, name);
  const bool is_told = http::is_content_header(name) || is_listed(scheme.headers, name) ||
                       scheme::identifies_with(scheme, name);
  const bool is_let_on = is_proof ? way == Way::at_once : is_told;
  if (!is_let_on && !is_listed(source_->policy->forward_headers, name)) {
    return false;
  }
  const bool is_theirs = is_read_to_verify && name.starts_with(standard_prefix);
  return !scheme::carries_secret(scheme, name) &&
         !http::is_kept_back(name.substr(is_theirs ? standard_prefix.size() : 0));
}

std::string_view Turn::key_text() const {
  return encoding::encode_hex(ticket_.key, arena_.make_chars(2 * scheme::event_key_bytes));
}

/// What the origin is told of the delivery; the same when it is signed and when it is sent.
ForwardFields Turn::forward_fields() const {
  ForwardFields fields;
  fields.set(ForwardField::source, source_->policy->name);
  fields.set(ForwardField::event, ticket_.event_type);
  if (ticket_.is_observed) {
    fields.set(ForwardField::verdict, name_of(ticket_.verdict));
    if (ticket_.reason != Reason::none) {
      fields.set(ForwardField::reason, postern::name_of(ticket_.reason));
    }
  } else {
    fields.set(ForwardField::key, key_text());
    fields.set(ForwardField::attempt,
               encoding::encode_decimal(ticket_.epoch,
                                        arena_.make_chars(encoding::decimal_characters_max)));
  }
  if (ticket_.maybe_duplicate) {
    fields.set(ForwardField::maybe_duplicate, "true");
  }
  return fields;
}

Bytes Turn::forward(Bytes signature) {
  if (is_too_late_to_forward()) {
    return on_forward_failed(Reason::ledger_unavailable);
  }
  const std::span<http::Header> headers =
      arena_.make_array<http::Header>(kept_headers_max + own_headers_max);
  std::size_t count = 0;
  const bool is_stored = ticket_.is_queue_run || chosen_route()->deliver == policy::Deliver::queue;
  const bool gate_signs = configuration_.forward_key != nullptr;
  for (const http::Header& header : ticket_.delivery.headers) {
    const bool is_replaced = gate_signs && header.name.starts_with(standard_prefix);
    if (goes_on(header.name, is_stored ? Way::stored : Way::at_once) && !is_replaced &&
        http::is_header_text(header.value)) {
      headers[count++] = header;
    }
  }
  count += forward_fields().write_headers(headers.subspan(count));
  if (!signature.empty()) {
    const auto add = [&](std::string_view name, std::string_view value) {
      headers[count++] = {.name = name, .value = value};
    };
    constexpr std::string_view version = "v1,";
    const std::span<char> room = arena_.make_chars(version.size() + 2 * signature.size());
    std::ranges::copy(version, room.begin());
    const std::string_view encoded = encoding::encode_base64(
        signature, encoding::Base64Alphabet::standard, room.subspan(version.size()));
    add("webhook-id", key_text());
    add("webhook-timestamp",
        encoding::encode_decimal(ticket_.forwarded_at_seconds,
                                 arena_.make_chars(encoding::decimal_characters_max)));
    add("webhook-signature", {room.data(), version.size() + encoded.size()});
  }
  Writer step = ask_for(Effect::forward, Phase::forward, BodyNeed::none);
  step.text16(source_->destinations[ticket_.route][ticket_.destination]);
  write_headers(headers.first(count), step);
  step.u32(chosen_route()->timeout_ms);
  step.u32(answer_bytes_max);
  return step.written();
}

}  // namespace postern::gate
