#include <algorithm>
#include <array>

#include "base/check.h"
#include "crypto/sha2.h"
#include "encoding/base64.h"
#include "encoding/decimal.h"
#include "encoding/hex.h"
#include "gate/turn.h"
#include "http/header_rules.h"
#include "ledger/ledger.h"

// From the ledger's reply to the end: forward, tell the sender, tell the ledger.

namespace postern::gate {
namespace {

/// Longest time that a sender is asked to stay away, whatever an origin says.
constexpr std::uint32_t retry_after_seconds_max = 3600;

std::uint32_t seconds_of(std::uint64_t ms) {
  const std::uint64_t seconds = (ms + 999) / 1000;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(seconds, 1, retry_after_seconds_max));
}

std::uint32_t retry_after_of(std::span<const http::Header> headers) {
  const http::Header* header = http::find_header(headers, "retry-after");
  const auto seconds = header == nullptr ? std::nullopt : encoding::decode_decimal(header->value);
  if (!seconds.has_value()) {
    return retry_after_seconds_default;
  }
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(*seconds, 1, retry_after_seconds_max));
}

enum class OriginAnswer : std::uint8_t { success, declined, throttled, failed, redirected };

OriginAnswer kind_of(std::uint16_t status) {
  if (status >= 200 && status < 300) {
    return OriginAnswer::success;
  }
  if (status == 429) {
    return OriginAnswer::throttled;
  }
  if (status >= 300 && status < 400) {
    return OriginAnswer::redirected;
  }
  if (status >= 400 && status < 500 && status != 408 && status != 425) {
    return OriginAnswer::declined;
  }
  return OriginAnswer::failed;
}

/// The origin may have seen the event although no answer came.
bool is_unknown(Reason reason) {
  return reason == Reason::origin_timed_out || reason == Reason::origin_reset;
}

}  // namespace

Bytes Turn::on_claim(Reader& outcome, std::uint64_t now_ms) {
  const std::uint8_t status = outcome.u8();
  if (status == 0) {
    if (!outcome.finished()) {
      return {};
    }
    if (source_->policy->on_ledger_down == policy::LedgerDown::open) {
      ticket_.degraded.ledger_was_down = true;
      ticket_.maybe_duplicate = true;
      return sign_forward(now_ms);
    }
    return refuse_with(Reason::ledger_unavailable);
  }
  const auto reply = ledger::decode_reply(bytes_of(outcome.text16()));
  if (status != 1 || !outcome.finished() || !reply.has_value()) {
    return {};
  }
  switch (reply->answer) {
    case ledger::Answer::granted:
      ticket_.epoch = reply->epoch;
      ticket_.maybe_duplicate = reply->maybe_duplicate;
      return sign_forward(now_ms);
    case ledger::Answer::busy:
      ticket_.retry_after_seconds = seconds_of(reply->wait_ms);
      return end(Verdict::busy, Reason::lease_held, status_of(Reason::lease_held));
    case ledger::Answer::duplicate:
      ticket_.origin_status = reply->status;
      return end(Verdict::duplicate, Reason::none, status_of(Reason::none));
    case ledger::Answer::done:
    case ledger::Answer::ignored:
      return {};
  }
  trap();
}

/// The signature of the gate over its own forward: Standard Webhooks, with the event key as the id,
/// so that an origin verifies one scheme for every provider.
Bytes Turn::sign_forward(std::uint64_t now_ms) {
  ticket_.forwarded_at_seconds = now_ms / 1000;
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
  ticket_.phase = Phase::forward_signature;
  Writer step = start_step(Effect::mac, BodyNeed::none, ticket_, output_);
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

Bytes Turn::forward(Bytes signature) {
  const policy::Route& route = source_->policy->routes[ticket_.route];
  const std::span<http::Header> headers = arena_.make_array<http::Header>(kept_headers_max + 8);
  std::size_t count = 0;
  for (const http::Header& header : ticket_.delivery.headers) {
    if (http::goes_to_origin(header.name) && http::is_header_text(header.value)) {
      headers[count++] = header;
    }
  }
  const auto add = [&](std::string_view name, std::string_view value) {
    headers[count++] = {.name = name, .value = value};
  };
  const std::string_view key =
      encoding::encode_hex(ticket_.key, arena_.make_chars(2 * scheme::event_key_bytes));
  add("postern-source", source_->policy->name);
  if (!ticket_.event_type.empty()) {
    add("postern-event", ticket_.event_type);
  }
  add("postern-key", key);
  add("postern-attempt",
      encoding::encode_decimal(ticket_.epoch, arena_.make_chars(encoding::decimal_characters_max)));
  if (ticket_.maybe_duplicate) {
    add("postern-maybe-duplicate", "true");
  }
  if (!signature.empty()) {
    constexpr std::string_view version = "v1,";
    const std::span<char> room = arena_.make_chars(version.size() + 2 * signature.size());
    std::ranges::copy(version, room.begin());
    const std::string_view encoded = encoding::encode_base64(
        signature, encoding::Base64Alphabet::standard, room.subspan(version.size()));
    add("webhook-id", key);
    add("webhook-timestamp",
        encoding::encode_decimal(ticket_.forwarded_at_seconds,
                                 arena_.make_chars(encoding::decimal_characters_max)));
    add("webhook-signature", {room.data(), version.size() + encoded.size()});
  }
  ticket_.phase = Phase::forward;
  Writer step = start_step(Effect::forward, BodyNeed::none, ticket_, output_);
  step.text16(source_->destinations[ticket_.route][0]);
  write_headers(headers.first(count), step);
  step.u32(route.timeout_ms);
  step.u32(answer_bytes_max);
  return step.written();
}

Bytes Turn::on_forward(Reader& outcome) {
  enum : std::uint8_t { response = 1, refused = 2, timed_out = 3, reset = 4 };
  const std::uint8_t kind = outcome.u8();
  if (kind == response) {
    return on_origin_answer(outcome);
  }
  if (!outcome.finished() || kind < refused || kind > reset) {
    return {};
  }
  if (kind == refused) {
    return on_forward_failed(Reason::origin_refused);
  }
  return on_forward_failed(kind == timed_out ? Reason::origin_timed_out : Reason::origin_reset);
}

/// The sender is told first, the ledger afterwards: the answer is known, and the ledger's second
/// call is nothing that a sender should wait for.
Bytes Turn::on_origin_answer(Reader& outcome) {
  ticket_.origin_status = outcome.u16();
  const std::span<http::Header> headers =
      arena_.make_array<http::Header>(outcome.count16(answer_headers_max));
  for (http::Header& header : headers) {
    header.name = outcome.text16();
    header.value = outcome.text16();
  }
  const Bytes body = outcome.bytes32();
  const std::uint16_t status = ticket_.origin_status;
  if (!outcome.finished() || body.size() > answer_bytes_max || status < 200 || status > 599) {
    return {};
  }
  const OriginAnswer kind = kind_of(status);
  if (kind == OriginAnswer::redirected) {
    return on_forward_failed(Reason::origin_redirected);
  }
  if (kind == OriginAnswer::throttled || kind == OriginAnswer::failed) {
    ticket_.retry_after_seconds = retry_after_of(headers);
    return on_forward_failed(Reason::origin_error);
  }
  ticket_.status = status;
  ticket_.verdict = kind == OriginAnswer::success ? Verdict::forwarded : Verdict::failed;
  ticket_.reason = kind == OriginAnswer::success ? Reason::none : Reason::origin_declined;
  const http::Header* type = http::find_header(headers, "content-type");
  const bool has_type = type != nullptr && http::is_header_text(type->value);
  const bool may_have_body = status != 204 && status != 205;  // RFC 9110, section 15.3.
  return answer({.headers = has_type ? std::span<const http::Header>(type, 1)
                                     : std::span<const http::Header>{},
                 .body = may_have_body ? body : Bytes{}},
                Settling::pending);
}

Bytes Turn::on_forward_failed(Reason reason) {
  ticket_.verdict = Verdict::failed;
  ticket_.reason = reason;
  ticket_.status = ticket_.origin_status == 429 ? std::uint16_t{429} : status_of(reason);
  if (ticket_.retry_after_seconds == 0) {
    ticket_.retry_after_seconds = retry_after_seconds_default;
  }
  return answer({}, Settling::pending);
}

/// Success is told from any epoch, also when the claim could not be asked for: the origin has it.
/// Failure is told only for a lease that was granted.
Bytes Turn::settle() {
  const bool is_success = ticket_.verdict == Verdict::forwarded;
  ledger::Operation operation{
      .verb = is_success ? ledger::Verb::commit : ledger::Verb::release,
      .retain_ms = source_->policy->retain_ms,
      .epoch = ticket_.epoch,
      .status = ticket_.origin_status,
      .outcome = is_unknown(ticket_.reason) ? ledger::Outcome::unknown : ledger::Outcome::known};
  std::ranges::copy(ticket_.token, operation.owner.begin());
  std::array<std::byte, ledger::operation_bytes_max> room;
  ticket_.phase = Phase::settled;
  Writer step =
      start_step(is_success ? Effect::commit : Effect::release, BodyNeed::none, ticket_, output_);
  step.text16(shard());
  step.raw(ticket_.key);
  step.text16(text_of(ledger::encode_operation(operation, room)));
  return step.written();
}

Bytes Turn::on_settled(Reader& outcome) {
  const std::uint8_t status = outcome.u8();
  const auto reply = status == 1 ? ledger::decode_reply(bytes_of(outcome.text16())) : std::nullopt;
  if (!outcome.finished() || status > 1 || (status == 1 && !reply.has_value())) {
    return {};
  }
  const bool is_success = ticket_.verdict == Verdict::forwarded;
  ticket_.degraded.commit_failed = status == 0 && is_success;
  ticket_.degraded.release_failed = status == 0 && !is_success;
  Writer step = start_last_step(Effect::finish, output_);
  step.bytes32(bytes_of(record()));
  return step.written();
}

/// A hot source is spread over several stores; the key's own bits choose.
std::string_view Turn::shard() const {
  const std::string_view name = source_->policy->name;
  const auto number = std::to_integer<std::size_t>(ticket_.key[0]) % source_->policy->shards;
  std::array<char, encoding::decimal_characters_max> digits;
  const std::array<std::string_view, 3> parts = {name, "/",
                                                 encoding::encode_decimal(number, digits)};
  return arena_.join(parts);
}

}  // namespace postern::gate
