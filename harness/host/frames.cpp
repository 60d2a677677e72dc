#include "harness/host/frames.h"

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "base/wire.h"
#include "harness/host/frame_writer.h"

namespace postern::harness {
namespace {

/// More elements than any list of a frame may have.
constexpr std::size_t elements_max = 4096;

std::string owned(std::string_view text) { return std::string(text); }
std::string owned(Bytes bytes) { return std::string(text_of(bytes)); }

void expect_version(Reader& reader) {
  if (reader.u8() != abi_version) {
    reader.fail();
  }
}

void expect_finished(const Reader& reader, const char* what) {
  if (!reader.finished()) {
    throw MalformedAnswer(std::string("the module gave a malformed ") + what);
  }
}

std::vector<Header> read_headers(Reader& reader) {
  std::vector<Header> headers(reader.count16(elements_max));
  for (Header& header : headers) {
    header.name = owned(reader.text16());
    header.value = owned(reader.text16());
  }
  return headers;
}

void write_headers(FrameWriter& writer, const std::vector<Header>& headers) {
  writer.count16(headers.size());
  for (const Header& header : headers) {
    writer.cut_text16(header.name);
    writer.cut_text16(header.value);
  }
}

std::vector<MessagePart> read_parts(Reader& reader) {
  std::vector<MessagePart> parts(reader.u8());
  for (MessagePart& part : parts) {
    const std::uint8_t kind = reader.u8();
    if (kind > 1) {
      reader.fail();
    }
    part.is_body = kind == 1;
    if (!part.is_body) {
      part.bytes = owned(reader.text16());
    }
  }
  return parts;
}

Mac read_mac(Reader& reader) {
  Mac mac;
  mac.requests.resize(reader.count16(elements_max));
  for (MacRequest& request : mac.requests) {
    request.hash = reader.u8();
    request.slot = reader.u16();
    request.key_index = reader.u8();
    request.parts = read_parts(reader);
  }
  return mac;
}

CheckSignature read_check_signature(Reader& reader) {
  CheckSignature effect;
  effect.checks.resize(reader.count16(elements_max));
  for (SignatureCheck& check : effect.checks) {
    check.algorithm = reader.u8();
    check.key_format = reader.u8();
    check.key = owned(reader.text16());
    check.signature = owned(reader.text16());
    check.parts = read_parts(reader);
  }
  return effect;
}

LedgerOperation read_ledger_operation(Reader& reader, EffectKind kind) {
  LedgerOperation operation;
  operation.shard = owned(reader.text16());
  operation.key = owned(reader.raw(32));
  if (kind == EffectKind::claim) {
    operation.wait_ms = reader.u32();
  }
  operation.operation = owned(reader.text16());
  return operation;
}

Forward read_forward(Reader& reader) {
  Forward forward;
  forward.url = owned(reader.text16());
  forward.headers = read_headers(reader);
  forward.timeout_ms = reader.u32();
  forward.answer_bytes_max = reader.u32();
  return forward;
}

Answer read_answer(Reader& reader) {
  Answer answer;
  const std::uint8_t is_final = reader.u8();
  if (is_final > 1) {
    reader.fail();
  }
  answer.is_final = is_final == 1;
  answer.status = reader.u16();
  answer.headers = read_headers(reader);
  answer.body = owned(reader.bytes32());
  answer.record = owned(reader.bytes32());
  return answer;
}

Effect read_effect(Reader& reader, EffectKind kind) {
  switch (kind) {
    case EffectKind::supply_body:
      return SupplyBody{};
    case EffectKind::mac:
      return read_mac(reader);
    case EffectKind::check_signature:
      return read_check_signature(reader);
    case EffectKind::fetch_key: {
      FetchKey fetch;
      fetch.url = owned(reader.text16());
      fetch.bytes_max = reader.u32();
      fetch.cache_seconds = reader.u32();
      return fetch;
    }
    case EffectKind::claim:
    case EffectKind::commit:
    case EffectKind::release:
      return read_ledger_operation(reader, kind);
    case EffectKind::forward:
      return read_forward(reader);
    case EffectKind::answer:
      return read_answer(reader);
    case EffectKind::finish:
      return Finish{owned(reader.bytes32())};
    case EffectKind::limit:
    case EffectKind::accept:
      break;
  }
  throw MalformedAnswer("the module asked for an effect that this host does not know: " +
                        std::to_string(static_cast<unsigned>(kind)));
}

std::string trimmed(std::string_view value) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = value.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return owned(value.substr(first, value.find_last_not_of(blanks) - first + 1));
}

std::string lower_case(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A'))
                                                : character;
  });
  return lower;
}

}  // namespace

std::vector<Header> fold_headers(const std::vector<Header>& headers) {
  std::map<std::string, std::string> folded;
  for (const Header& header : headers) {
    const auto [place, is_new] = folded.try_emplace(lower_case(header.name));
    place->second += is_new ? trimmed(header.value) : ", " + trimmed(header.value);
  }
  std::vector<Header> result;
  for (const auto& [name, value] : folded) {
    result.push_back({name, value});
  }
  return result;
}

Step decode_step(std::string_view frame) {
  Reader reader(bytes_of(frame));
  expect_version(reader);
  Step step;
  step.kind = static_cast<EffectKind>(reader.u8());
  const std::uint8_t flags = reader.u8();
  if (flags > 1) {
    reader.fail();
  }
  step.wants_body = flags == 1;
  step.ticket = owned(reader.text16());
  if (reader.failed()) {
    throw MalformedAnswer("the module refused the frame, or gave a malformed step");
  }
  step.effect = read_effect(reader, step.kind);
  expect_finished(reader, "step");
  return step;
}

std::string encode_configure(std::string_view policy, const std::vector<std::string>& settings) {
  FrameWriter writer;
  writer.u8(abi_version);
  writer.bytes32(policy);
  writer.count16(settings.size());
  for (const std::string& value : settings) {
    writer.text16(value);
  }
  return writer.take();
}

Configured decode_configured(std::string_view frame) {
  Reader reader(bytes_of(frame));
  expect_version(reader);
  Configured configured;
  configured.mac_inline_bytes_max = reader.u32();
  configured.paths.resize(reader.count16(elements_max));
  for (Configured::Path& path : configured.paths) {
    path.path = owned(reader.text16());
    path.body_bytes_max = reader.u64();
  }
  configured.keys.resize(reader.count16(elements_max));
  for (Configured::Key& key : configured.keys) {
    key.slot = reader.u16();
    key.key_index = reader.u8();
    key.hash = reader.u8();
    key.bytes = owned(reader.text16());
  }
  configured.problems.resize(reader.count16(elements_max));
  for (Configured::Problem& problem : configured.problems) {
    problem.source = owned(reader.text16());
    problem.problem = reader.u8();
  }
  expect_finished(reader, "answer to configure (or refused the policy)");
  return configured;
}

std::vector<std::string> setting_names(std::string_view policy) {
  Reader reader(bytes_of(policy));
  if (text_of(reader.raw(8)) != "POSTERN2") {
    throw MalformedAnswer("this is no compiled policy");
  }
  std::vector<std::string> names(reader.count16(elements_max));
  for (std::string& name : names) {
    name = owned(reader.text16());
  }
  if (reader.failed()) {
    throw MalformedAnswer("the compiled policy is cut short");
  }
  return names;
}

std::string encode_begin(const Begin& begin) {
  if (begin.token.size() != 16) {
    throw std::length_error("a delivery's token has 16 bytes");
  }
  FrameWriter writer;
  writer.u8(abi_version);
  writer.u64(begin.now_ms);
  writer.raw(begin.token);
  const unsigned https = begin.delivery.transport == Transport::https ? 1U : 0U;
  const unsigned body = begin.body.has_value() ? 2U : 0U;
  const unsigned over = begin.body_size == BodySize::over_limit ? 4U : 0U;
  writer.u8(static_cast<std::uint8_t>(https | body | over));
  writer.cut_text16(begin.delivery.method);
  writer.cut_text16(begin.delivery.path);
  writer.cut_text16(begin.delivery.query);
  writer.cut_text16(begin.delivery.client_address);
  write_headers(writer, fold_headers(begin.delivery.headers));
  writer.u64(begin.body_bytes);
  if (begin.body.has_value()) {
    writer.bytes32(*begin.body);
  }
  return writer.take();
}

std::string mac_unavailable() { return std::string(1, '\0') + std::string(2, '\0'); }

std::string mac_done(const std::vector<std::string>& results) {
  FrameWriter writer;
  writer.u8(1);
  writer.count16(results.size());
  for (const std::string& result : results) {
    writer.text16(result);
  }
  return writer.take();
}

std::string signatures_checked(const std::vector<Checked>& results) {
  FrameWriter writer;
  writer.count16(results.size());
  for (const Checked result : results) {
    writer.u8(static_cast<std::uint8_t>(result));
  }
  return writer.take();
}

std::string key_fetched(const std::optional<std::string>& bytes) {
  FrameWriter writer;
  writer.u8(bytes.has_value() ? 1 : 0);
  if (bytes.has_value()) {
    writer.bytes32(*bytes);
  }
  return writer.take();
}

std::string ledger_replied(const std::optional<std::string>& reply) {
  FrameWriter writer;
  writer.u8(reply.has_value() ? 1 : 0);
  if (reply.has_value()) {
    writer.text16(*reply);
  }
  return writer.take();
}

std::string origin_responded(const OriginResponse& response) {
  FrameWriter writer;
  writer.u8(static_cast<std::uint8_t>(ForwardOutcome::response));
  writer.u16(response.status);
  write_headers(writer, fold_headers(response.headers));
  writer.bytes32(response.body);
  return writer.take();
}

std::string origin_failed(ForwardOutcome outcome) {
  return std::string(1, static_cast<char>(outcome));
}

std::string encode_resume(const Resume& resume) {
  FrameWriter writer;
  writer.u8(abi_version);
  writer.u64(resume.now_ms);
  writer.bytes32(resume.ticket);
  writer.u8(resume.body.has_value() ? 1 : 0);
  if (resume.body.has_value()) {
    writer.bytes32(*resume.body);
  }
  writer.u8(static_cast<std::uint8_t>(resume.answered));
  writer.raw(resume.outcome);
  return writer.take();
}

std::string encode_ledger(const LedgerCall& call) {
  FrameWriter writer;
  writer.u8(abi_version);
  writer.u64(call.now_ms);
  writer.u64(call.started_ms);
  writer.text16(call.row);
  writer.text16(call.operation);
  return writer.take();
}

LedgerResult decode_ledger(std::string_view frame) {
  Reader reader(bytes_of(frame));
  expect_version(reader);
  LedgerResult result;
  result.keep = reader.u8();
  result.expires_ms = reader.u64();
  result.due_ms = reader.u64();
  result.row = owned(reader.text16());
  result.answer = reader.u8();
  result.wait_ms = reader.u64();
  result.reply = owned(reader.text16());
  if (result.keep > 2) {
    reader.fail();
  }
  expect_finished(reader, "answer to a ledger call");
  return result;
}

}  // namespace postern::harness
