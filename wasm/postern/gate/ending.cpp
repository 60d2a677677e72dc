#include "postern/gate/ending.h"

#include <array>

#include "postern/base/word_list.h"
#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"
#include "postern/gate/record.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

std::uint8_t method_bit(std::string_view method) {
  if (method == "POST") {
    return 1;
  }
  if (method == "GET") {
    return 2;
  }
  return method == "PUT" ? 4 : 0;
}

/// By the bits of methods: how an `Allow` header lists them. A source takes at least one.
constexpr std::array method_lists = {"none"sv, "POST"sv,      "GET"sv,      "GET, POST"sv,
                                     "PUT"sv,  "POST, PUT"sv, "GET, PUT"sv, "GET, POST, PUT"sv};
constexpr auto method_words = make_word_list<word_list_bytes(method_lists)>(method_lists);
static_assert(method_lists.size() == 1 << 3);

}  // namespace

bool is_delivery_method(const Call& call) {
  return (call.source->policy->methods & method_bit(call.arrival.delivery.method)) != 0;
}

AnswerParts acknowledgement(const Call& call) {
  const policy::Acknowledgement& text = call.source->policy->acknowledgement;
  if (text.content_type.empty()) {
    return {};
  }
  const std::span<http::Header> headers = call.arena.make_array<http::Header>(1);
  headers[0] = {.name = "content-type", .value = text.content_type};
  return {.headers = headers, .body = bytes_of(text.body)};
}

StepBytes turn_away(Call& call, const Decision& decision) {
  if (decision.verdict == Verdict::duplicate || decision.verdict == Verdict::accepted ||
      decision.verdict == Verdict::unrouted) {
    return last_answer(call, decision, acknowledgement(call));
  }
  if (decision.reason == Reason::wrong_method) {
    const std::array allow = {http::Header{
        .name = "allow", .value = WordList(method_words).at(call.source->policy->methods)}};
    return last_answer(call, decision, {.headers = allow, .body = {}});
  }
  return last_answer(call, decision, {});
}

StepBytes refuse_unseen(Call& call, Reason reason) { return turn_away(call, refusal(reason)); }

StepBytes refuse(Call& call, Reason reason) { return end(call, refusal(reason)); }

StepBytes shake_hands(Call& call, const scheme::ChallengeReply& reply) {
  const std::span<http::Header> headers =
      call.arena.make_array<http::Header>(reply.headers.size() + 2);
  std::size_t count = 0;
  if (!reply.content_type.empty()) {
    headers[count++] = {.name = "content-type", .value = reply.content_type};
    headers[count++] = {.name = "x-content-type-options", .value = "nosniff"};
  }
  for (const http::Header& header : reply.headers) {
    headers[count++] = header;
  }
  return last_answer(call, {.verdict = Verdict::handshake, .status = reply.status},
                     {.headers = headers.first(count), .body = bytes_of(reply.body)});
}

contract::Answer answer_of(Call& call, const Decision& decision, const AnswerParts& parts) {
  const std::span<http::Header> headers =
      call.arena.make_array<http::Header>(parts.headers.size() + 2);
  std::size_t count = 0;
  headers[count++] = {.name = "postern-delivery",
                      .value = encoding::encode_hex(call.arrival.token, call.arena)};
  if (decision.retry_after_seconds != 0) {
    headers[count++] = {
        .name = "retry-after",
        .value = encoding::encode_decimal(decision.retry_after_seconds, call.arena)};
  }
  for (const http::Header& header : parts.headers) {
    headers[count++] = header;
  }
  return {.is_final = false,
          .status = decision.status,
          .headers = headers.first(count),
          .body = parts.body,
          .record = {}};
}

StepBytes last_answer(Call& call, const Decision& decision, const AnswerParts& parts) {
  contract::Answer answer = answer_of(call, decision, parts);
  answer.is_final = true;
  answer.record = bytes_of(record_of(call, decision));
  return finish_with(call, answer);
}

std::string_view record_of(const Call& call, const Decision& decision) {
  return write_record(call, decision, call.arena.make_chars(record_bytes_max));
}

}  // namespace postern::gate
