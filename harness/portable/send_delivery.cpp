#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/commands/providers_command.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/portable/refusal.h"
#include "harness/portable/send_command.h"
#include "harness/sender/fresh_event.h"
#include "harness/sender/sign.h"

// What `postern send` sends.

namespace postern::harness {
namespace {

using compiler::CommandOutput;
using compiler::Exit;
using OrderedJson = nlohmann::ordered_json;

/// A small delivery of nobody in particular, for sources without a sample. It has the fields that
/// senders commonly name their events with.
constexpr std::string_view plain_sample =
    R"({"id":"evt_sample","type":"sample.sent","kind":"reading.sample",)"
    R"("data":{"note":"sent by postern"}})";

struct Sample {
  std::string body;
  std::vector<Header> headers;
  std::string event_type;
};

std::expected<Sample, CommandOutput> sample_of(const SendInput& input) {
  const Header json_type{.name = "content-type", .value = "application/json"};
  const Header form_type{.name = "content-type", .value = "application/x-www-form-urlencoded"};
  const auto& [json, form, event] = input.sample;
  const bool is_form = form.has_value() && !json.has_value();
  Sample sample{.body = std::string(json.value_or(plain_sample)),
                .headers = {is_form ? form_type : json_type},
                .event_type = input.event_type};
  if (input.body.has_value()) {
    if (!input.body->text.has_value()) {
      return unreadable(*input.body);
    }
    sample.body = *input.body->text;
  } else if (is_form) {
    sample.body = form->substr(0, form->find_last_not_of("\r\n") + 1);
  }
  if (event.has_value() && sample.event_type.empty()) {
    sample.event_type = event->substr(0, event->find_first_of("\r\n"));
  }
  return sample;
}

/// Who sends what to whom.
struct Sender {
  std::shared_ptr<const scheme::Scheme> scheme;
  std::string path;
  Address address;  // As it was given to the sender.
  std::string secret;
  std::string key;
};

std::expected<Sender, CommandOutput> sender_to_address(const SendInput& input,
                                                       compiler::Catalogue& catalogue,
                                                       compiler::Report& report,
                                                       compiler::Colour colour) {
  if (!catalogue.has(input.provider)) {
    return std::unexpected(CommandOutput{
        .out = "", .err = unknown_provider(input.provider, catalogue), .exit = Exit::usage});
  }
  auto scheme = catalogue.scheme_of(input.provider, report);
  if (scheme == nullptr) {
    return std::unexpected(
        CommandOutput{.out = "", .err = report_text(report, colour), .exit = Exit::unreadable});
  }
  auto texts = secret_texts(input.secret);
  if (!texts.has_value()) {
    return std::unexpected(std::move(texts.error()));
  }
  return Sender{.scheme = std::move(scheme),
                .path = path_of(split_address(input.to).url),
                .address = split_address(input.url.empty() ? input.to : input.url),
                .secret = std::move(texts->secret),
                .key = std::move(texts->key)};
}

std::optional<GateFile> text_in(const std::optional<compiler::GivenFile>& file) {
  return file.has_value() ? std::optional(GateFile{.name = file->name, .text = *file->text})
                          : std::nullopt;
}

std::expected<Sender, CommandOutput> sender_to_source(const SendInput& input,
                                                      compiler::Catalogue& catalogue,
                                                      compiler::Report& report,
                                                      compiler::Colour colour) {
  for (const auto& file : {input.policy, input.settings}) {
    if (file.has_value() && !file->text.has_value()) {
      return unreadable(*file);
    }
  }
  const auto sources = GateSources::read(text_in(input.policy), text_in(input.settings), catalogue);
  if (!sources.has_value()) {
    return refusal(Exit::unreadable, sources.error());
  }
  const auto found = sources->find(input.provider);
  if (!found.has_value()) {
    return refusal(Exit::unreadable, found.error());
  }
  if (!found->has_value()) {
    return refusal(Exit::usage, fmt::format("The gate has no source for {}. It has: {}.",
                                            input.provider, fmt::join(sources->providers(), " ")));
  }
  const RunningSource& source = **found;
  if (!source.provider.empty() && catalogue.find(source.provider, report) == nullptr) {
    return report.errors() > 0
               ? std::unexpected(CommandOutput{
                     .out = "", .err = report_text(report, colour), .exit = Exit::unreadable})
               : refusal(Exit::unreadable,
                         fmt::format("There is no file of {}: --providers DIR says where it is.",
                                     source.provider));
  }
  if (source.scheme == nullptr) {
    return refusal(Exit::unreadable,
                   fmt::format("The source {} has neither a provider nor a scheme.", source.name));
  }
  if (source.secrets.empty() || source.secrets.front().empty()) {
    return refusal(Exit::usage,
                   fmt::format("The secret of {} is not among the settings.", input.provider));
  }
  return Sender{.scheme = source.scheme,
                .path = source.path,
                .address = source.address,
                .secret = source.secrets.front(),
                .key = source.private_keys.front()};
}

/// A secret that the receiver does not have, in the form of the one that it has.
std::string other_secret(const std::string& secret) {
  std::string other = secret;
  const std::string random = random_bytes(other.size());
  const std::size_t first = other.starts_with("whsec_") ? 6 : 0;
  // Letters and digits stay what they are, so that hex stays hex and base64 stays base64.
  for (std::size_t i = first; i < other.size(); ++i) {
    const auto value = static_cast<unsigned char>(random[i]);
    const bool is_digit = other[i] >= '0' && other[i] <= '9';
    if (is_digit) {
      other[i] = static_cast<char>('0' + value % 10);
    } else if (other[i] >= 'a' && other[i] <= 'z') {
      other[i] = static_cast<char>('a' + value % 6);
    } else if (other[i] >= 'A' && other[i] <= 'Z') {
      other[i] = static_cast<char>('A' + value % 6);
    }
  }
  return other;
}

std::expected<Delivery, CommandOutput> signed_by(const Sender& sender, const SendInput& input) {
  std::expected<Sample, CommandOutput> sample = sample_of(input);
  if (!sample.has_value()) {
    return std::unexpected(std::move(sample.error()));
  }
  Delivery delivery;
  delivery.path = sender.path;
  delivery.query = sender.address.query;
  delivery.headers = sample->headers;
  delivery.body = sample->body;
  if (!input.event_type.empty() && !name_event(*sender.scheme, input.event_type, delivery.body)) {
    return refusal(Exit::usage,
                   fmt::format("{} has no place for an event type in this body: leave --event-type "
                               "out.",
                               input.provider));
  }
  const std::string mark = to_hex(random_bytes(8));
  // Where the body has no identity to mark, the id in a header is one.
  static_cast<void>(make_fresh_event(*sender.scheme, mark, delivery));
  const bool is_forged = input.kind == SendKind::forged;
  const std::string& key =
      sender.key.empty() && is_private_key(sender.secret) ? sender.secret : sender.key;
  const bool is_pem = key.starts_with("-----");
  const auto is_signed = sign_delivery(
      {.scheme = *sender.scheme,
       .secret = is_forged && key.empty() ? other_secret(sender.secret) : sender.secret,
       .private_key = is_forged && !key.empty() && !is_pem ? to_hex(random_bytes(32)) : sender.key,
       .at_ms = input.now_ms,
       .id = make_id(*sender.scheme, mark),
       .url = sender.address.url,
       .event_type = sample->event_type,
       .rule = std::nullopt},
      delivery);
  if (!is_signed.has_value()) {
    return refusal(Exit::usage, fmt::format("Cannot sign: {}.", is_signed.error().why));
  }
  if (is_forged && is_pem) {
    delivery.body += " ";  // No second key at hand: another body under the signature.
  }
  return delivery;
}

std::string text_at(const OrderedJson& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Nothing for a text that `remembered_text` did not write.
std::optional<Delivery> remembered(const std::optional<std::string_view>& text) {
  const OrderedJson json =
      text.has_value() ? OrderedJson::parse(*text, nullptr, false) : OrderedJson();
  const auto headers = json.find("headers");
  if (!json.is_object() || headers == json.end() || !headers->is_array()) {
    return std::nullopt;
  }
  Delivery delivery;
  delivery.path = text_at(json, "path");
  delivery.query = text_at(json, "query");
  for (const OrderedJson& header : *headers) {
    if (!header.is_array() || header.size() != 2 || !header[0].is_string() ||
        !header[1].is_string()) {
      return std::nullopt;
    }
    delivery.headers.push_back({header[0].get<std::string>(), header[1].get<std::string>()});
  }
  auto body = from_base64(text_at(json, "body_base64"));
  delivery.body = std::move(body).value_or("");
  return body.has_value() ? std::optional(std::move(delivery)) : std::nullopt;
}

}  // namespace

std::expected<Outgoing, CommandOutput> outgoing(const SendInput& input, const GateSession& session,
                                                compiler::Catalogue& catalogue,
                                                compiler::Report& report, compiler::Colour colour) {
  if (report.errors() > 0) {
    return std::unexpected(
        CommandOutput{.out = "", .err = report_text(report, colour), .exit = Exit::unreadable});
  }
  std::expected<Delivery, CommandOutput> delivery;
  if (input.kind == SendKind::again) {
    auto last = remembered(input.last);
    if (!last.has_value()) {
      return refusal(Exit::usage,
                     fmt::format("Nothing was sent yet: postern send {}", input.provider));
    }
    delivery = std::move(*last);
  } else {
    const auto sender = input.to.empty() ? sender_to_source(input, catalogue, report, colour)
                                         : sender_to_address(input, catalogue, report, colour);
    if (!sender.has_value()) {
      return std::unexpected(sender.error());
    }
    delivery = signed_by(*sender, input);
  }
  if (!delivery.has_value()) {
    return std::unexpected(std::move(delivery.error()));
  }
  const std::string query = delivery->query.empty() ? "" : "?" + delivery->query;
  std::string url =
      (input.to.empty() ? session.gate + delivery->path : split_address(input.to).url) + query;
  if (url.size() > address_bytes_max) {
    return refusal(Exit::usage, fmt::format("The address has {} bytes, and no receiver takes more "
                                            "than {}.",
                                            url.size(), address_bytes_max));
  }
  return Outgoing{.delivery = std::move(*delivery), .url = std::move(url)};
}

std::string remembered_text(const Delivery& delivery) {
  OrderedJson headers = OrderedJson::array();
  for (const Header& header : delivery.headers) {
    headers.push_back({header.name, header.value});
  }
  return OrderedJson{{"path", delivery.path},
                     {"query", delivery.query},
                     {"headers", headers},
                     {"body_base64", to_base64(delivery.body)}}
      .dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace postern::harness
