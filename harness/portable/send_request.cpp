#include "harness/portable/send_request.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/portable/request_fields.h"
#include "harness/portable/send_command.h"

namespace postern::harness {
namespace {

std::string_view read_view(Reader& reader) { return text_of(reader.bytes32()); }

SendKind read_send_kind(Reader& reader) {
  const std::uint8_t kind = reader.u8();
  if (kind > static_cast<std::uint8_t>(SendKind::again)) {
    reader.fail();
  }
  return static_cast<SendKind>(kind);
}

SendInput read_send_input(Reader& reader) {
  SendInput input;
  input.program = read_text(reader);
  input.provider = read_text(reader);
  input.providers = read_text(reader);
  input.kind = read_send_kind(reader);
  input.event_type = read_text(reader);
  input.body_file = read_text(reader);
  input.body = compiler::read_optional_file(reader);
  input.sample.json = read_optional(reader, read_view);
  input.sample.form = read_optional(reader, read_view);
  input.sample.event = read_optional(reader, read_view);
  input.to = read_text(reader);
  input.url = read_text(reader);
  input.secret = read_secret_input(reader);
  for (std::string* text : {&input.session.gate, &input.session.policy, &input.session.settings,
                            &input.session.records, &input.session_file}) {
    *text = read_text(reader);
  }
  input.session_text = compiler::read_optional_file(reader);
  input.policy = compiler::read_optional_file(reader);
  input.settings = compiler::read_optional_file(reader);
  input.last = read_optional(reader, read_view);
  input.expected = read_text(reader);
  input.now_ms = read_time(reader);
  return input;
}

}  // namespace

SecretInput read_secret_input(Reader& reader) {
  SecretInput input;
  input.variable = read_text(reader);
  input.value = read_text(reader);
  input.file = compiler::read_optional_file(reader);
  input.key_file = compiler::read_optional_file(reader);
  return input;
}

compiler::CommandAnswer answer_send_session(Reader& reader) {
  const SendInput input = read_send_input(reader);
  if (!reader.finished()) {
    return {};
  }
  const auto session = send_session(input);
  if (!session.has_value()) {
    return compiler::said(session.error());
  }
  compiler::CommandAnswer answer;
  answer.values = {session->gate, session->policy, session->settings, session->records};
  return answer;
}

compiler::CommandAnswer answer_send(Reader& reader, compiler::CommandSetting& setting) {
  const SendInput input = read_send_input(reader);
  if (!reader.finished()) {
    return {};
  }
  const auto session = send_session(input);
  if (!session.has_value()) {
    return compiler::said(session.error());
  }
  const auto made = outgoing(input, *session, setting.catalogue, setting.report, setting.colour);
  if (!made.has_value()) {
    return compiler::said(made.error());
  }
  compiler::CommandAnswer answer;
  const std::string text = remembered_text(made->delivery);
  const Bytes bytes = bytes_of(text);
  answer.files.emplace_back(made->url, std::vector<std::byte>(bytes.begin(), bytes.end()));
  return answer;
}

compiler::CommandAnswer answer_sent(Reader& reader) {
  const SendInput input = read_send_input(reader);
  SendAnswer answer;
  answer.status = reader.u16();
  answer.milliseconds = reader.u32();
  answer.record = read_optional(reader, read_view);
  if (!reader.finished()) {
    return {};
  }
  const auto session = send_session(input);
  return compiler::said(session.has_value() ? sent_output(input, *session, answer)
                                            : session.error());
}

}  // namespace postern::harness
