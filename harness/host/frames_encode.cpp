#include <algorithm>

#include "harness/contract/frame_forms.h"
#include "harness/host/frames.h"

// What goes into the module: deliveries, outcomes, ledger calls.

namespace postern::harness {
namespace {

/// More than the numbers of a frame take, and the lengths of its texts.
constexpr std::size_t fixed_bytes = 128;
/// The lengths of a header's name and value.
constexpr std::size_t header_length_bytes = 4;

/// One frame behind its version. `text_bytes` is what its texts take.
template <class Frame>
FrameWriter started(const Frame& value, std::size_t text_bytes) {
  FrameWriter writer;
  writer.reserve(fixed_bytes + text_bytes);
  writer.u8(abi_version);
  write(writer, value);
  return writer;
}

std::string_view trimmed(std::string_view value) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = value.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return value.substr(first, value.find_last_not_of(blanks) - first + 1);
}

constexpr bool is_upper_case(char character) { return character >= 'A' && character <= 'Z'; }

std::string lower_case(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char character) {
    return is_upper_case(character) ? static_cast<char>(character + ('a' - 'A')) : character;
  });
  return lower;
}

/// Whether headers are as `fold_headers` would make them, which a host's mostly are.
bool are_folded(const std::vector<Header>& headers) {
  const auto is_folded = [](const Header& header) {
    return std::ranges::none_of(header.name, is_upper_case) &&
           trimmed(header.value).size() == header.value.size();
  };
  return std::ranges::all_of(headers, is_folded) &&
         std::ranges::is_sorted(headers, std::ranges::less_equal(), &Header::name);
}

}  // namespace

std::vector<Header> fold_headers(const std::vector<Header>& headers) {
  std::vector<Header> lines;
  lines.reserve(headers.size());
  for (const Header& header : headers) {
    lines.push_back({lower_case(header.name), std::string(trimmed(header.value))});
  }
  std::ranges::stable_sort(lines, {}, &Header::name);
  std::vector<Header> folded;
  folded.reserve(lines.size());
  for (Header& line : lines) {
    if (!folded.empty() && folded.back().name == line.name) {
      folded.back().value += ", " + line.value;
    } else {
      folded.push_back(std::move(line));
    }
  }
  return folded;
}

std::string encode_configure(std::string_view policy, const std::vector<std::string>& settings) {
  return started(frame::Configure{.policy = policy, .settings = settings}, policy.size()).take();
}

std::string encode_begin(const Begin& begin) {
  using contract::BeginFlag;
  const auto flag = [](bool is_set, BeginFlag bit) {
    return is_set ? static_cast<unsigned>(bit) : 0U;
  };
  const Delivery& delivery = begin.delivery;
  const bool is_over = begin.body_size == BodySize::over_limit;
  const bool has_folded = are_folded(delivery.headers);
  const std::vector<Header> folded =
      has_folded ? std::vector<Header>() : fold_headers(delivery.headers);
  const std::vector<Header>& headers = has_folded ? delivery.headers : folded;
  const std::uint64_t told = is_over ? 0 : begin.body_bytes;
  const auto shown =
      static_cast<std::size_t>(std::min<std::uint64_t>(told, contract::body_head_bytes_max));
  const std::string_view body =
      begin.body.value_or(std::string_view(delivery.body).substr(0, shown));
  std::size_t text_bytes = delivery.path.size() + delivery.query.size() + body.size();
  for (const Header& header : headers) {
    text_bytes += header.name.size() + header.value.size() + header_length_bytes;
  }
  return started(frame::Begin{.now_ms = begin.now_ms,
                              .token = begin.token,
                              .flags = static_cast<std::uint8_t>(
                                  flag(delivery.transport == Transport::https, BeginFlag::https) |
                                  flag(begin.body.has_value(), BeginFlag::body_present) |
                                  flag(is_over, BeginFlag::body_over_limit)),
                              .method = delivery.method,
                              .path = delivery.path,
                              .query = delivery.query,
                              .client_address = delivery.client_address,
                              .tenant = std::nullopt,  // Secrets are the policy's here.
                              .headers = headers,
                              .body_bytes = begin.body_bytes,
                              .body = body},
                 text_bytes)
      .take();
}

std::string mac_unavailable() { return frame::outcome_of_mac(std::nullopt); }

std::string mac_done(const std::vector<std::string>& results) {
  return frame::outcome_of_mac(results);
}

std::string signatures_checked(const std::vector<Checked>& results) {
  return frame::outcome_of_check_signature(results);
}

std::string key_fetched(const std::optional<std::string>& bytes) {
  return frame::outcome_of_fetch_key(bytes);
}

std::string limited(Limited result) { return frame::outcome_of_limit(result); }

std::string enqueued(Enqueued result) {
  return frame::outcome_of_enqueue(result == Enqueued::done);
}

std::string ledger_replied(const std::optional<std::string>& reply) {
  return frame::outcome_of_claim(reply);
}

std::string origin_responded(const OriginResponse& response) {
  const std::vector<Header> headers = fold_headers(response.headers);
  const auto value_of = [&](std::string_view name) {
    const auto found = std::ranges::find(headers, name, &Header::name);
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
  };
  return frame::outcome_of_forward({.kind = ForwardOutcome::response,
                                    .status = response.status,
                                    .content_type = value_of("content-type"),
                                    .retry_after = value_of("retry-after"),
                                    .body = response.body});
}

std::string origin_failed(ForwardOutcome outcome) {
  return frame::outcome_of_forward(
      {.kind = outcome, .status = 0, .content_type = {}, .retry_after = {}, .body = {}});
}

std::string encode_resume(const Resume& resume) {
  FrameWriter writer =
      started(frame::Resume{.now_ms = resume.now_ms,
                            .ticket = resume.ticket,
                            .body = resume.body,
                            .kind = resume.answered},
              resume.ticket.size() + resume.body.value_or("").size() + resume.outcome.size());
  writer.raw(resume.outcome);
  return writer.take();
}

std::string encode_ledger(const LedgerCall& call) {
  return started(call, call.row.size() + call.operation.size()).take();
}

}  // namespace postern::harness
