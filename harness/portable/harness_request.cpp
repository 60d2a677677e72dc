#include "harness/portable/harness_request.h"

#include <string>

#include "compiler/commands/command_exchange.h"
#include "harness/portable/ordered_delivery.h"
#include "harness/portable/replay_request.h"
#include "harness/portable/request_fields.h"
#include "harness/portable/send_request.h"
#include "harness/portable/shown_delivery.h"
#include "harness/portable/sign_command.h"

namespace postern::harness {
namespace {

using compiler::CommandAnswer;
using compiler::CommandSetting;

SignForm read_form(Reader& reader) {
  const std::uint8_t form = reader.u8();
  if (form > static_cast<std::uint8_t>(SignForm::json)) {
    reader.fail();
  }
  return static_cast<SignForm>(form);
}

SignInput read_sign_input(Reader& reader) {
  SignInput input;
  input.provider = read_text(reader);
  input.secret = read_secret_input(reader);
  input.at = read_optional(reader, read_time);
  input.now = read_time(reader);
  input.id = read_text(reader);
  input.url = read_text(reader);
  input.event_type = read_text(reader);
  input.method = read_optional(reader, read_text);
  input.headers = compiler::read_listed(reader, read_text);
  input.form = read_form(reader);
  input.curl = read_text(reader);
  return input;
}

CommandAnswer answer_sign(Reader& reader, CommandSetting& setting) {
  const SignInput input = read_sign_input(reader);
  const std::optional<compiler::GivenFile> body = compiler::read_optional_file(reader);
  if (!reader.finished()) {
    return {};
  }
  const auto material = sign_material(input, setting.catalogue, setting.report, setting.colour);
  if (!material.has_value()) {
    return compiler::said(material.error());
  }
  return body.has_value() ? compiler::said(sign_output(input, *material, *body)) : CommandAnswer{};
}

Header read_header(Reader& reader) {
  std::string name = read_text(reader);
  return {.name = std::move(name), .value = read_text(reader)};
}

DeliveryOrder read_order(Reader& reader) {
  DeliveryOrder order;
  order.provider = read_text(reader);
  order.secret = read_text(reader);
  order.private_key = read_text(reader);
  order.at_ms = read_optional(reader, read_time);
  order.now_ms = read_time(reader);
  order.id = read_text(reader);
  order.url = read_text(reader);
  order.type = read_text(reader);
  order.method = read_text(reader);
  order.headers = compiler::read_listed(reader, read_header);
  order.body = read_text(reader);
  return order;
}

CommandAnswer answer_delivery(Reader& reader, CommandSetting& setting) {
  const DeliveryOrder order = read_order(reader);
  if (!reader.finished()) {
    return {};
  }
  const auto delivery = ordered_delivery(order, setting.catalogue, setting.report);
  if (!delivery.has_value()) {
    return compiler::said({.out = "", .err = delivery.error(), .exit = compiler::Exit::usage});
  }
  CommandAnswer answer;
  const std::string text = as_json(*delivery);
  const Bytes bytes = bytes_of(text);
  answer.files.emplace_back("", std::vector<std::byte>(bytes.begin(), bytes.end()));
  return answer;
}

CommandAnswer answer_kind(RequestKind kind, Reader& reader, CommandSetting& setting,
                          const HarnessHost& host) {
  switch (kind) {
    case RequestKind::sign:
      return answer_sign(reader, setting);
    case RequestKind::delivery:
      return answer_delivery(reader, setting);
    case RequestKind::send_session:
      return answer_send_session(reader);
    case RequestKind::send:
      return answer_send(reader, setting);
    case RequestKind::sent:
      return answer_sent(reader);
    case RequestKind::replay:
      return answer_replay(reader, setting, host);
    case RequestKind::cases:
      return answer_cases(reader, setting, host);
  }
  reader.fail();
  return {};
}

}  // namespace

std::optional<std::vector<std::byte>> answer_request(Bytes request, const HarnessHost& host) {
  Reader reader(request);
  if (request.size() > harness_request_bytes_max || reader.u8() != harness_request_version) {
    return std::nullopt;
  }
  const auto kind = static_cast<RequestKind>(reader.u8());
  CommandSetting setting = compiler::read_setting(reader);
  const CommandAnswer answer = answer_kind(kind, reader, setting, host);
  return reader.finished() ? std::optional(encode(answer)) : std::nullopt;
}

}  // namespace postern::harness
