#include "harness/host/ledger_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/host/http_client.h"
#include "harness/host/text_forms.h"
#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/gate/ticket.h"

namespace postern::harness {
namespace {

using nlohmann::json;

/// As many as the route lists at once.
constexpr std::size_t page_rows = 100;

/// For the list of a ticket's headers.
constexpr std::size_t ticket_room_bytes = gate::kept_headers_max * 64;

[[noreturn]] void refuse_unreadable() {
  throw LedgerRefused("the answer cannot be read: is this a gate, and of this version?");
}

json object_of(const std::optional<std::string>& text) {
  json answer = json::parse(text.value_or(""), nullptr, false);
  if (!answer.is_object()) {
    refuse_unreadable();
  }
  return answer;
}

template <typename Value>
Value field(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    refuse_unreadable();
  }
  try {
    return found->get<Value>();
  } catch (const json::exception&) {
    refuse_unreadable();
  }
}

/// Rows and replies: bytes in base64, which only the core's own decoders read.
template <typename Value>
Value decoded(const json& object, const char* name, std::optional<Value> (*decode)(Bytes)) {
  const auto bytes = from_base64(field<std::string>(object, name));
  const auto value = bytes.has_value() ? decode(bytes_of(*bytes)) : std::nullopt;
  if (!value.has_value()) {
    refuse_unreadable();
  }
  return *value;
}

/// Tickets are the gate's own and change with it: one of another version says nothing here.
void read_ticket(const json& one, StoredDelivery& delivery) {
  const auto found = one.find("ticket");
  const std::string text =
      found != one.end() && found->is_string() ? found->get<std::string>() : std::string();
  const std::string bytes = from_base64(text).value_or("");
  std::array<std::byte, ticket_room_bytes> room;
  Arena arena(room);
  const auto owed = gate::summarize_owed(bytes_of(bytes), arena);
  if (owed.has_value()) {
    delivery.event_key = text_of(owed->event_key);
    delivery.event_type = owed->event_type;
    delivery.destination_id = owed->destination_id;
  }
}

std::string what_is_wrong(std::uint16_t status, const json& answer) {
  switch (status) {
    case 401:
      return fmt::format("the gate refuses this {}", admin_token_name);
    case 403:
      return "the gate takes no admin call over plain http";
    case 404:
      return fmt::format(
          "the gate has no {}: it is open only while its secret {} is set to at "
          "least 32 characters",
          admin_path, admin_token_name);
    default:
      break;
  }
  const bool is_explained =
      answer.is_object() && answer.contains("error") && answer["error"].is_string();
  return fmt::format("the gate answered {}{}", status,
                     is_explained ? ": " + answer["error"].get<std::string>()
                                  : ". Is this the address of the gate?");
}

std::string authority_of(std::string_view gate) {
  const std::size_t start = gate.find("//");
  return start == std::string_view::npos ? std::string() : std::string(gate.substr(start + 2));
}

}  // namespace

LedgerClient::LedgerClient(std::string gate, std::string token) : token_(std::move(token)) {
  url_ = gate.ends_with('/') ? gate.substr(0, gate.size() - 1) : std::move(gate);
  url_ += admin_path;
}

bool LedgerClient::can_be_trusted(const std::string& gate) {
  std::string authority = authority_of(gate);
  if (authority.ends_with('/')) {
    authority.pop_back();
  }
  const bool is_plain_text =
      !authority.empty() && authority.find_first_of("/?#@\\ \t\r\n") == std::string::npos;
  const std::size_t port = authority.rfind(':');
  const bool has_port = port != std::string::npos && authority.find(']', port) == std::string::npos;
  const std::string host = has_port ? authority.substr(0, port) : authority;
  const bool is_this_machine = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  return is_plain_text &&
         (gate.starts_with("https://") || (gate.starts_with("http://") && is_this_machine));
}

std::optional<std::string> LedgerClient::call(const std::string& text) const {
  const HttpResponse response = send_http(
      {.method = "POST",
       .url = url_,
       .headers = {{"authorization", "Bearer " + token_}, {"content-type", "application/json"}},
       .body = text});
  if (response.status == 200) {
    return response.body;
  }
  const json answer = json::parse(response.body, nullptr, false);
  if (response.status == 404 && answer.is_object() && answer.contains("error")) {
    return std::nullopt;
  }
  throw LedgerRefused(what_is_wrong(response.status, answer));
}

std::optional<ledger::Row> LedgerClient::look_up(const std::string& shard,
                                                 const std::string& key) const {
  const auto answer = call(json{{"shard", shard}, {"key", to_hex(key)}}.dump());
  return answer.has_value() ? std::optional(decoded(object_of(answer), "row", ledger::decode_row))
                            : std::nullopt;
}

ChangedRow LedgerClient::apply(const std::string& shard, const std::string& key,
                               const ledger::Operation& operation, OperatorOrder order) const {
  std::array<std::byte, ledger::operation_bytes_max> room;
  const std::string bytes(text_of(ledger::encode_operation(operation, room)));
  json request = {{"shard", shard}, {"key", to_hex(key)}, {"operation", to_base64(bytes)}};
  if (order != OperatorOrder::release) {
    request[order == OperatorOrder::drop ? "drop" : "redrive"] = true;
  }
  const json answer = object_of(call(request.dump()));
  return {.row = decoded(answer, "row", ledger::decode_row),
          .reply = decoded(answer, "reply", ledger::decode_reply),
          .is_sent = field<bool>(answer, "is_sent")};
}

std::vector<StoredDelivery> LedgerClient::list(const std::string& shard, Listing listing) const {
  const char* const name = listing == Listing::dead ? "dead" : "owed";
  std::vector<StoredDelivery> all;
  for (bool has_more = true; has_more;) {
    const std::string after = all.empty() ? "" : to_hex(all.back().key);
    const json answer = object_of(call(
        json{{"shard", shard}, {"list", name}, {"after", after}, {"limit", page_rows}}.dump()));
    const auto page = field<std::vector<json>>(answer, name);
    for (const json& one : page) {
      const std::string hex = field<std::string>(one, "key");
      if (!all.empty() && hex <= to_hex(all.back().key)) {
        refuse_unreadable();  // A list that does not go on would never end.
      }
      all.push_back({.key = from_hex(hex).value_or(""),
                     .row = decoded(one, "row", ledger::decode_row),
                     .at_ms = field<std::uint64_t>(one, "at_ms"),
                     .method = field<std::string>(one, "method"),
                     .body_bytes = field<std::uint64_t>(one, "body_bytes"),
                     .event_key = "",
                     .event_type = "",
                     .destination_id = 0});
      read_ticket(one, all.back());
      if (all.back().key.size() != ledger::key_bytes) {
        refuse_unreadable();
      }
    }
    has_more = page.size() == page_rows;
  }
  return all;
}

}  // namespace postern::harness
