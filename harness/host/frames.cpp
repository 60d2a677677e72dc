#include "harness/host/frames.h"

#include "postern/base/bytes.h"
#include "postern/base/wire.h"

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
    request.key = reader.u16();
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

bool read_truth(Reader& reader) {
  const std::uint8_t value = reader.u8();
  if (value > 1) {
    reader.fail();
  }
  return value == 1;
}

LedgerOperation read_ledger_operation(Reader& reader, EffectKind kind) {
  LedgerOperation operation;
  operation.shard = owned(reader.text16());
  operation.key = owned(reader.raw(32));
  if (kind == EffectKind::claim) {
    operation.wait_ms = reader.u32();
  }
  operation.operation = owned(reader.text16());
  if (kind == EffectKind::claim && read_truth(reader)) {
    operation.copy.emplace();
    operation.copy->key = owned(reader.raw(32));
    operation.copy->operation = owned(reader.text16());
  }
  return operation;
}

Forward read_forward(Reader& reader) {
  Forward forward;
  forward.method = owned(reader.text16());
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

void read_question(Reader& reader, RowQuestion& question) {
  question.key = owned(reader.raw(32));
  question.ticket = owned(reader.text16());
  question.operation = owned(reader.text16());
}

Accept read_accept(Reader& reader) {
  Accept accept;
  accept.shard = owned(reader.text16());
  accept.entries.resize(reader.u8());
  for (Accept::Entry& entry : accept.entries) {
    read_question(reader, entry);
    if (read_truth(reader)) {
      read_question(reader, entry.copy.emplace());
    }
  }
  if (accept.entries.empty()) {
    reader.fail();
  }
  return accept;
}

Enqueue read_enqueue(Reader& reader) {
  enum : std::uint8_t { references = 0, whole = 1 };
  Enqueue enqueue;
  const std::uint8_t kind = reader.u8();
  if (kind == whole) {
    enqueue.ticket = owned(reader.text16());
    return enqueue;
  }
  enqueue.shard = owned(reader.text16());
  enqueue.keys.resize(reader.u8());
  for (std::string& key : enqueue.keys) {
    key = owned(reader.raw(32));
  }
  if (kind != references || enqueue.keys.empty()) {
    reader.fail();
  }
  return enqueue;
}

FetchKey read_fetch_key(Reader& reader) {
  FetchKey fetch;
  fetch.url = owned(reader.text16());
  fetch.bytes_max = reader.u32();
  fetch.cache_seconds = reader.u32();
  fetch.source = owned(reader.text16());
  fetch.fetches_per_minute = reader.u16();
  return fetch;
}

Limit read_limit(Reader& reader) {
  Limit limit;
  limit.bucket = owned(reader.text16());
  limit.requests = reader.u32();
  limit.period_seconds = reader.u32();
  return limit;
}

RetryLater read_retry_later(Reader& reader) {
  RetryLater retry;
  retry.delay_ms = reader.u32();
  retry.record = owned(reader.bytes32());
  return retry;
}

Effect read_effect(Reader& reader, EffectKind kind) {
  switch (kind) {
    case EffectKind::supply_body:
      return SupplyBody{};
    case EffectKind::mac:
      return read_mac(reader);
    case EffectKind::check_signature:
      return read_check_signature(reader);
    case EffectKind::fetch_key:
      return read_fetch_key(reader);
    case EffectKind::limit:
      return read_limit(reader);
    case EffectKind::accept:
      return read_accept(reader);
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
    case EffectKind::retry_later:
      return read_retry_later(reader);
    case EffectKind::dead_letter:
      return DeadLetter{owned(reader.bytes32())};
    case EffectKind::enqueue:
      return read_enqueue(reader);
  }
  throw MalformedAnswer("the module asked for an effect that this host does not know: " +
                        std::to_string(static_cast<unsigned>(kind)));
}

}  // namespace

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
  if (text_of(reader.raw(8)) != "POSTERN4") {
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
