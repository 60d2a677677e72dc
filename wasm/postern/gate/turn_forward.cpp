#include <algorithm>
#include <array>

#include "postern/crypto/hmac.h"
#include "postern/crypto/sha2.h"
#include "postern/encoding/base64.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/gate/forward_fields.h"
#include "postern/gate/header_list.h"
#include "postern/gate/turn.h"
#include "postern/http/header_rules.h"
#include "postern/http/query.h"
#include "postern/scheme/claims.h"

// What goes to the origin: which headers, and the gate's own signature.

namespace postern::gate {
namespace {

/// Headers of a forward that are the gate's own: its fields and its signature.
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

/// How all headers of Standard Webhooks begin.
constexpr std::string_view standard_prefix = "webhook-";

/// Whether a list has that name, or the beginning of it with `*` behind.
bool is_listed(std::span<const std::string_view> list, std::string_view name) {
  return std::ranges::any_of(list, [&](std::string_view listed) {
    return listed.ends_with('*') ? name.starts_with(listed.substr(0, listed.size() - 1))
                                 : name == listed;
  });
}

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

const LiveDestination& Turn::destination() const {
  return source_->destinations[ticket_.route][ticket_.destination];
}

/// The first signature of the gate over its own forward, by every signer of the destination:
/// Standard Webhooks, with the event key as the id, so that an origin verifies one scheme for every
/// provider.
Bytes Turn::sign_forward() {
  ticket_.forwarded_at_seconds = now_ms_ / 1000;
  const auto signers = destination().signers;
  if (signers.empty()) {
    return forward({});
  }
  const std::array<std::string_view, 4> signed_parts = {key_text(), ".", time_text(), "."};
  const std::array pieces = {
      scheme::Piece{.kind = scheme::Piece::Kind::literal,
                    .bytes = bytes_of(arena_.join(signed_parts))},
      scheme::Piece{.kind = scheme::Piece::Kind::body, .bytes = {}},
  };
  Writer step = ask_for(Effect::mac, Phase::forward_signature, BodyNeed::none);
  step.u16(static_cast<std::uint16_t>(signers.size()));
  for (const scheme::Key* const signer : signers) {
    step.u8(static_cast<std::uint8_t>(crypto::HashAlgorithm::sha256));
    step.u16(signer->number);
    write_pieces(pieces, step);
  }
  return step.written();
}

/// A forward that cannot be signed is not sent: the origin would refuse it.
Bytes Turn::on_forward_signature(Reader& outcome) {
  const std::size_t wanted = destination().signers.size();
  if (outcome.u8() != 1) {
    return outcome.finished() ? on_forward_failed(Reason::crypto_unavailable) : Bytes{};
  }
  const std::span<Bytes> macs = arena_.make_array<Bytes>(outcome.count16(policy::signers_max));
  bool are_whole = macs.size() == wanted;
  for (Bytes& mac : macs) {
    mac = bytes_of(outcome.text16());
    are_whole = are_whole && mac.size() == crypto::Sha256::digest_bytes;
  }
  return outcome.finished() && are_whole ? forward(macs) : Bytes{};
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

std::string_view Turn::time_text() const {
  return encoding::encode_decimal(ticket_.forwarded_at_seconds,
                                  arena_.make_chars(encoding::decimal_characters_max));
}

/// The query as the sender has signed it; empty where the signature does not cover it. Of what is
/// only observed, where any signature of the source would.
std::string_view Turn::signed_query() const {
  const auto covers_query = [](const scheme::SignatureRule& rule) {
    return std::ranges::any_of(rule.content, [](const scheme::Part& part) {
      return part.kind == scheme::PartKind::query || part.kind == scheme::PartKind::url;
    });
  };
  const auto rules = source_->scheme->signatures;
  const bool is_signed = ticket_.is_queue_run ||  // Nothing else was stored.
                         (is_authentic_ ? covers_query(rules[ticket_.seal.rule])
                                        : std::ranges::any_of(rules, covers_query));
  return is_signed ? ticket_.delivery.query : std::string_view{};
}

/// Where this forward goes: the destination, with the signed query behind its own. Empty where the
/// two do not go together, as those of another policy or environment may.
std::string_view Turn::forward_url() const {
  const std::string_view url = destination().url;
  const std::string_view query = signed_query();
  if (http::may_extend(url, query)) {
    return http::extend(url, query, arena_);
  }
  return ticket_.is_observed ? url : std::string_view{};
}

std::string_view Turn::key_text() const {
  return encoding::encode_hex(own_key_of(ticket_), arena_.make_chars(2 * scheme::event_key_bytes));
}

/// What the origin is told of the delivery; the same when it is signed and when it is sent.
ForwardFields Turn::forward_fields() const {
  ForwardFields fields;
  fields.set(ForwardField::source, source_->policy->name);
  fields.set(ForwardField::event, ticket_.event_type);
  fields.set(ForwardField::id, ticket_.sender_id);
  fields.set(ForwardField::proof, name_of(ticket_.seal.proof));
  if (ticket_.is_observed) {
    fields.set(ForwardField::verdict, name_of(ticket_.verdict));
    if (ticket_.reason != Reason::none) {
      fields.set(ForwardField::reason, postern::name_of(ticket_.reason));
    }
  } else {
    fields.set(ForwardField::key, key_text());
    if (ticket_.hint != scheme::EventHint{}) {
      fields.set(ForwardField::content_key,
                 encoding::encode_hex(ticket_.key, arena_.make_chars(2 * scheme::event_key_bytes)));
    }
    fields.set(ForwardField::attempt,
               encoding::encode_decimal(ticket_.epoch,
                                        arena_.make_chars(encoding::decimal_characters_max)));
  }
  if (ticket_.maybe_duplicate) {
    fields.set(ForwardField::maybe_duplicate, "true");
  }
  return fields;
}

/// The gate's two signatures by every signer. The second one covers where the forward goes, and
/// each field as a line of its own, so that one that is taken away, added or moved breaks it. The
/// body stands in it as the MAC of the first one, which only who has the key could have made.
/// docs/ORIGIN.md has this text for those who verify.
Turn::Signatures Turn::sign_fields(std::string_view url, const ForwardFields& fields,
                                   std::span<const Bytes> macs) const {
  const std::span<char> body_room = arena_.make_chars(macs.size() * signature_bytes);
  const std::span<char> fields_room = arena_.make_chars(macs.size() * signature_bytes);
  std::size_t body_size = 0;
  std::size_t fields_size = 0;
  for (std::size_t i = 0; i < macs.size(); ++i) {
    const std::string_view of_body = add_signature(macs[i], body_room, body_size);
    crypto::Hmac mac(destination().signers[i]->hmac);
    for (const std::string_view line :
         {signed_fields_label, ticket_.delivery.method, url, key_text(), time_text(), of_body}) {
      mac.update(bytes_of(line));
      mac.update(bytes_of(line_end));
    }
    for (const std::string_view value : fields.values()) {
      mac.update(bytes_of(value));
      mac.update(bytes_of(line_end));
    }
    static_cast<void>(add_signature(mac.finish(arena_.make_bytes(crypto::Sha256::digest_bytes)),
                                    fields_room, fields_size));
  }
  return {.of_body = {body_room.data(), body_size}, .of_fields = {fields_room.data(), fields_size}};
}

Bytes Turn::forward(std::span<const Bytes> macs) {
  if (is_too_late_to_forward()) {
    return on_forward_failed(Reason::ledger_unavailable);
  }
  const std::string_view url = forward_url();
  if (url.empty()) {
    return on_forward_failed(Reason::unforwardable_query);
  }
  const std::span<http::Header> headers =
      arena_.make_array<http::Header>(kept_headers_max + own_headers_max);
  std::size_t count = 0;
  const bool is_stored = ticket_.is_queue_run || chosen_route()->deliver == policy::Deliver::queue;
  const bool gate_signs = !destination().signers.empty();
  for (const http::Header& header : ticket_.delivery.headers) {
    const bool is_replaced = gate_signs && header.name.starts_with(standard_prefix);
    if (goes_on(header.name, is_stored ? Way::stored : Way::at_once) && !is_replaced &&
        http::is_header_text(header.value)) {
      headers[count++] = header;
    }
  }
  const ForwardFields fields = forward_fields();
  count += fields.write_headers(headers.subspan(count));
  if (!macs.empty()) {
    const Signatures signatures = sign_fields(url, fields, macs);
    headers[count++] = {.name = "webhook-id", .value = key_text()};
    headers[count++] = {.name = "webhook-timestamp", .value = time_text()};
    headers[count++] = {.name = "webhook-signature", .value = signatures.of_body};
    headers[count++] = {.name = "postern-signature", .value = signatures.of_fields};
  }
  Writer step = ask_for(Effect::forward, Phase::forward, BodyNeed::none);
  step.text16(ticket_.delivery.method);
  step.text16(url);
  write_headers(headers.first(count), step);
  step.u32(chosen_route()->timeout_ms);
  step.u32(ticket_.is_queue_run ? 0 : answer_bytes_max);  // Nobody waits for what a run is told.
  return step.written();
}

}  // namespace postern::gate
