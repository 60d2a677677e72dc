#include "harness/portable/sign_command.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "compiler/commands/providers_command.h"
#include "harness/host/address.h"
#include "harness/portable/refusal.h"
#include "harness/portable/shown_delivery.h"
#include "harness/sender/sign.h"

namespace postern::harness {
namespace {

using compiler::CommandOutput;
using compiler::Exit;

/// What `sign_delivery` is told.
struct Order {
  SignInput input;
  SignMaterial material;
  std::string body;
};

std::expected<Delivery, CommandOutput> unsigned_delivery(const Order& order) {
  Delivery delivery;
  delivery.method = order.input.method.value_or(delivery.method);
  delivery.body = order.body;
  for (const std::string& text : order.input.headers) {
    const std::optional<Header> header = parse_header(text);
    if (!header.has_value()) {
      return refusal(Exit::usage, fmt::format("--header wants NAME=VALUE, not {}.", text));
    }
    delivery.headers.push_back(*header);
  }
  return delivery;
}

std::string shown(const SignInput& input, const Delivery& delivery) {
  switch (input.form) {
    case SignForm::json:
      return as_json(delivery);
    case SignForm::curl:
      return curl_command(delivery, split_address(input.curl).url) + "\n";
    case SignForm::headers:
      break;
  }
  return as_headers(delivery);
}

std::expected<std::string, CommandOutput> shown_signed(const Order& order) {
  const SignInput& input = order.input;
  std::expected<Delivery, CommandOutput> delivery = unsigned_delivery(order);
  if (!delivery.has_value()) {
    return std::unexpected(std::move(delivery.error()));
  }
  const Address address = split_address(input.url.empty() ? input.curl : input.url);
  delivery->path = path_of(address.url);
  delivery->query = address.query;
  const auto is_signed = sign_delivery({.scheme = *order.material.scheme,
                                        .secret = order.material.texts.secret,
                                        .private_key = order.material.texts.key,
                                        .at_ms = input.at.value_or(input.now) * 1000,
                                        .id = input.id,
                                        .url = address.url,
                                        .event_type = input.event_type,
                                        .rule = std::nullopt},
                                       *delivery);
  return is_signed.has_value()
             ? std::expected<std::string, CommandOutput>(shown(input, *delivery))
             : refusal(Exit::usage, fmt::format("Cannot sign: {}.", is_signed.error().why));
}

/// The option that changes nothing of `text`, if one does. It signs once more with another value
/// of each that was given: where nothing comes out differently, this scheme does not use it, and
/// who gave it believes otherwise. What cannot be signed without it is used.
std::optional<std::string> idle_option(const Order& order, const std::string& text) {
  struct Change {
    const char* option;
    bool was_given;
    std::function<void(Order&)> make;
  };
  const auto& [input, material, body] = order;
  const bool has_both = !material.texts.key.empty() && !material.texts.secret.empty();
  const std::array<Change, 7> changes = {{
      {"--at", input.at.has_value(),
       [](Order& other) { other.input.at = *other.input.at == 0 ? 1 : *other.input.at - 1; }},
      {"--id", !input.id.empty(), [](Order& other) { other.input.id += "x"; }},
      {"--url", !input.url.empty(), [](Order& other) { other.input.url += "/x"; }},
      {"--event-type", !input.event_type.empty(),
       [](Order& other) { other.input.event_type += "x"; }},
      {"--method", input.method.has_value(), [](Order& other) { *other.input.method += "X"; }},
      {"--key-file", has_both, [](Order& other) { other.material.texts.key.clear(); }},
      {"the secret", has_both, [](Order& other) { other.material.texts.secret.clear(); }},
  }};
  const auto is_idle = [&order, &text](const std::function<void(Order&)>& change) {
    Order other = order;
    change(other);
    return shown_signed(other) == text;
  };
  for (const Change& change : changes) {
    if (change.was_given && is_idle(change.make)) {
      return change.option;
    }
  }
  for (std::size_t i = 0; i < input.headers.size(); ++i) {
    // A header that the signature needs takes the place of the one that was given.
    if (is_idle([i](Order& other) {
          other.input.headers.erase(other.input.headers.begin() + static_cast<std::ptrdiff_t>(i));
        })) {
      return "--header " + input.headers[i];
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<SignMaterial, CommandOutput> sign_material(const SignInput& input,
                                                         compiler::Catalogue& catalogue,
                                                         compiler::Report& report,
                                                         compiler::Colour colour) {
  if (report.errors() == 0 && !catalogue.has(input.provider)) {
    return std::unexpected(CommandOutput{
        .out = "", .err = unknown_provider(input.provider, catalogue), .exit = Exit::usage});
  }
  auto scheme = report.errors() > 0 ? nullptr : catalogue.scheme_of(input.provider, report);
  if (scheme == nullptr) {
    return std::unexpected(
        CommandOutput{.out = "", .err = report_text(report, colour), .exit = Exit::unreadable});
  }
  auto texts = secret_texts(input.secret);
  if (!texts.has_value()) {
    return std::unexpected(std::move(texts.error()));
  }
  return SignMaterial{.scheme = std::move(scheme), .texts = std::move(*texts)};
}

CommandOutput sign_output(const SignInput& input, const SignMaterial& material,
                          const compiler::GivenFile& body) {
  if (!body.text.has_value()) {
    return unreadable(body).error();
  }
  const Order order{.input = input, .material = material, .body = std::string(*body.text)};
  std::expected<std::string, CommandOutput> text = shown_signed(order);
  if (!text.has_value()) {
    return std::move(text.error());
  }
  if (const auto option = idle_option(order, *text)) {
    return compiler::usage_output(
        fmt::format("{} changes nothing of what {} sends.", *option, input.provider));
  }
  return {.out = std::move(*text), .err = "", .exit = Exit::ok};
}

}  // namespace postern::harness
