#include "harness/portable/ordered_delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compiler/commands/command_output.h"
#include "compiler/commands/providers_command.h"
#include "compiler/secret_bytes.h"
#include "harness/host/address.h"
#include "harness/portable/shown_delivery.h"
#include "harness/sender/fresh_event.h"
#include "harness/sender/scheme_forms.h"
#include "harness/sender/sign.h"

namespace postern::harness {
namespace {

/// Why no rule of the scheme takes the shared secret; nothing when one does, when there is none,
/// and when it is the private key of another rule.
std::optional<std::string> why_no_secret(const scheme::Scheme& scheme, const std::string& secret) {
  std::optional<std::string> why;
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    if (scheme::is_asymmetric(rule.algorithm)) {
      if (is_private_key(secret)) {
        return std::nullopt;
      }
      continue;
    }
    const auto bytes = compiler::secret_bytes(rule, secret);
    if (secret.empty() || bytes.has_value()) {
      return std::nullopt;
    }
    why = why.value_or(fmt::format("`secret`: {} ({})", bytes.error().message, bytes.error().hint));
  }
  return why;
}

std::string why_unsigned(const CannotSign& fault) {
  const std::string_view part = fault.part == OrderPart::secret        ? "secret"
                                : fault.part == OrderPart::private_key ? "key"
                                : fault.part == OrderPart::url         ? "url"
                                : fault.part == OrderPart::headers     ? "headers"
                                : fault.part == OrderPart::body        ? "body"
                                                                       : "";
  return part.empty() ? fmt::format("it cannot be signed: {}", fault.why)
                      : fmt::format("`{}`: {}", part, fault.why);
}

std::expected<Delivery, CannotSign> signed_for(const DeliveryOrder& order,
                                               const scheme::Scheme& scheme) {
  const Address address = split_address(order.url);
  Delivery delivery;
  delivery.method = order.method;
  delivery.path = path_of(address.url);
  delivery.query = address.query;
  delivery.headers = order.headers;
  delivery.body = order.body;
  const std::string_view type = type_of_body(order.body);
  const bool is_typed = std::ranges::any_of(
      order.headers, [](const Header& header) { return same_name(header.name, "content-type"); });
  if (!is_typed && !type.empty()) {
    delivery.headers.push_back({.name = "content-type", .value = std::string(type)});
  }
  const auto is_signed = sign_delivery({.scheme = scheme,
                                        .secret = order.secret,
                                        .private_key = order.private_key,
                                        .at_ms = order.at_ms.value_or(order.now_ms),
                                        .id = order.id,
                                        .url = address.url,
                                        .event_type = order.type,
                                        .rule = std::nullopt},
                                       delivery);
  return is_signed.has_value() ? std::expected<Delivery, CannotSign>(std::move(delivery))
                               : std::unexpected(is_signed.error());
}

/// The part of the order that changes nothing of `made`, if one does.
std::optional<std::string_view> idle_part(const DeliveryOrder& order, const scheme::Scheme& scheme,
                                          const Delivery& made) {
  const auto is_idle = [&](const DeliveryOrder& other) {
    const auto again = signed_for(other, scheme);
    return again.has_value() && again->query == made.query && again->body == made.body &&
           std::ranges::equal(again->headers, made.headers, [](const Header& a, const Header& b) {
             return a.name == b.name && a.value == b.value;
           });
  };
  DeliveryOrder other = order;
  if (order.at_ms.has_value()) {
    other.at_ms = *order.at_ms < 1000 ? *order.at_ms + 1000 : *order.at_ms - 1000;
    if (is_idle(other)) {
      return "at";
    }
  }
  other = order;
  if (!order.id.empty()) {
    other.id += "x";
    if (is_idle(other)) {
      return "id";
    }
  }
  other = order;
  if (!order.private_key.empty() && !order.secret.empty()) {
    other.private_key.clear();
    if (is_idle(other)) {
      return "key";
    }
    other = order;
    other.secret.clear();
    if (is_idle(other)) {
      return "secret";
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<Delivery, std::string> ordered_delivery(const DeliveryOrder& order,
                                                      compiler::Catalogue& catalogue,
                                                      compiler::Report& report) {
  const auto scheme = catalogue.scheme_of(order.provider, report);
  if (scheme == nullptr) {
    return std::unexpected(report.errors() > 0
                               ? compiler::report_text(report, compiler::Colour::never)
                               : compiler::unknown_provider(order.provider, catalogue));
  }
  if (const auto why = why_no_secret(*scheme, order.secret)) {
    return std::unexpected(*why);
  }
  DeliveryOrder named = order;
  if (!order.type.empty() && !name_event(*scheme, order.type, named.body)) {
    return std::unexpected(fmt::format(
        "`type`: {} has no place for an event's type in this body; leave it out", order.provider));
  }
  auto delivery = signed_for(named, *scheme);
  if (!delivery.has_value()) {
    return std::unexpected(why_unsigned(delivery.error()));
  }
  if (const auto part = idle_part(named, *scheme, *delivery)) {
    return std::unexpected(
        fmt::format("`{}` changes nothing of what {} sends; leave it out", *part, order.provider));
  }
  return std::move(*delivery);
}

}  // namespace postern::harness
