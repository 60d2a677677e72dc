#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "harness/host/frames.h"
#include "harness/host/gate_sources.h"
#include "harness/portable/secret_input.h"

// `postern send`, between what is typed and read, what is sent, and what it prints.

namespace postern::harness {

/// Longest address: what servers take in a request's first line.
inline constexpr std::size_t address_bytes_max = 8192;

enum class SendKind : std::uint8_t {
  genuine = 0,  // A new event, signed.
  forged = 1,   // A new event, signed with a secret that the receiver does not have.
  again = 2,    // What was sent last, byte for byte.
};

/// A delivery of the provider's to send where no body is given. Borrows: the texts.
struct SendSample {
  std::optional<std::string_view> json;
  std::optional<std::string_view> form;
  std::optional<std::string_view> event;  // Its type, for those who put it into a header.
};

/// What was typed, and what stands in the files that were named.
struct SendInput {
  std::string program;    // What was typed before `send`.
  std::string provider;   // Or a source's name.
  std::string providers;  // As typed: for the commands that are shown.
  SendKind kind = SendKind::genuine;
  std::string event_type;
  std::string body_file;
  std::optional<compiler::GivenFile> body;
  SendSample sample;
  /// Any receiver's address; empty: a gate's source is sent to.
  std::string to;
  std::string url;
  SecretInput secret;
  /// As typed.
  GateSession session;
  std::string session_file;
  std::optional<compiler::GivenFile> session_text;  // Nothing: there is none.
  /// Those of the session that is meant.
  std::optional<compiler::GivenFile> policy;
  std::optional<compiler::GivenFile> settings;
  std::optional<std::string_view> last;  // What was remembered.
  /// A status or a verdict that the answer has to have; empty for any.
  std::string expected;
  std::int64_t now_ms = 0;
};

/// What is sent, and where; `path` and `query` of the delivery are those of the address.
struct Outgoing {
  Delivery delivery;
  std::string url;
};

/// What the receiver answered.
struct SendAnswer {
  std::uint16_t status = 0;
  std::uint32_t milliseconds = 0;
  std::optional<std::string_view> record;  // The gate's record of it, where its log is known.
};

/// `send_session` is the session that is meant: what was typed over what the file says. Refuses
/// what would be ignored, and, with nothing to send to, says how to have a gate.
[[nodiscard]] std::expected<GateSession, compiler::CommandOutput> send_session(
    const SendInput& input);

/// `outgoing` makes what is sent.
[[nodiscard]] std::expected<Outgoing, compiler::CommandOutput> outgoing(
    const SendInput& input, const GateSession& session, compiler::Catalogue& catalogue,
    compiler::Report& report, compiler::Colour colour);

/// `remembered_text` is what is kept of a delivery for `SendKind::again`.
[[nodiscard]] std::string remembered_text(const Delivery& delivery);

/// `sent_output` says what came of it.
[[nodiscard]] compiler::CommandOutput sent_output(const SendInput& input,
                                                  const GateSession& session,
                                                  const SendAnswer& answer);

}  // namespace postern::harness
