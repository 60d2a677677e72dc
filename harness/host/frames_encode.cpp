#include <algorithm>
#include <map>

#include "harness/host/frame_writer.h"
#include "harness/host/frames.h"
#include "postern/http/body_form.h"

// What goes into the module: deliveries, outcomes, ledger calls.

namespace postern::harness {
namespace {

void write_headers(FrameWriter& writer, const std::vector<Header>& headers) {
  writer.count16(headers.size());
  for (const Header& header : headers) {
    writer.cut_text16(header.name);
    writer.cut_text16(header.value);
  }
}

std::string trimmed(std::string_view value) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = value.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return std::string(value.substr(first, value.find_last_not_of(blanks) - first + 1));
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
  const std::size_t told = begin.body_size == BodySize::over_limit ? 0 : begin.body_bytes;
  writer.bytes32(begin.body.value_or(
      std::string_view(begin.delivery.body).substr(0, std::min(told, http::body_head_bytes_max))));
  return writer.take();
}

std::string mac_unavailable() { return std::string(1, '\0'); }

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

std::string limited(Limited result) { return std::string(1, static_cast<char>(result)); }

std::string enqueued(Enqueued result) { return std::string(1, static_cast<char>(result)); }

std::string ledger_replied(const std::optional<std::string>& reply) {
  FrameWriter writer;
  writer.u8(reply.has_value() ? 1 : 0);
  if (reply.has_value()) {
    writer.text16(*reply);
  }
  return writer.take();
}

std::string origin_responded(const OriginResponse& response) {
  const std::vector<Header> headers = fold_headers(response.headers);
  const auto value_of = [&](std::string_view name) {
    const auto found = std::ranges::find(headers, name, &Header::name);
    return found == headers.end() ? std::string() : found->value;
  };
  FrameWriter writer;
  writer.u8(static_cast<std::uint8_t>(ForwardOutcome::response));
  writer.u16(response.status);
  writer.cut_text16(value_of("content-type"));
  writer.cut_text16(value_of("retry-after"));
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

}  // namespace postern::harness
