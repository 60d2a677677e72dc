#include "harness/commands/sign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/commands/policy_files.h"
#include "harness/fixture/fixture.h"
#include "harness/host/address.h"
#include "harness/host/read_file.h"
#include "harness/host/text_forms.h"
#include "harness/sender/sign.h"

namespace postern::harness {
namespace {

/// The end of the year 9999.
constexpr std::int64_t latest_seconds = 253'402'300'799;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return text;
}

/// What an editor left before and behind a secret is no part of it.
std::string read_line_of(const std::string& file) {
  const auto [text, why] = read_whole(file, fixture_bytes_max);
  if (!text.has_value()) {
    throw Refused{exit_unreadable, fmt::format("Cannot read {}: {}.", file, why)};
  }
  std::string line = without_line_end(text->substr(text->starts_with(byte_order_mark) ? 3 : 0));
  if (line.empty()) {
    throw Refused{exit_unreadable, fmt::format("Nothing is in {}.", file)};
  }
  return line;
}

std::string read_secret(const SignOptions& options) {
  if (!options.secret_variable.empty()) {
    const char* value = std::getenv(options.secret_variable.c_str());
    if (value == nullptr || *value == '\0') {
      throw Refused{exit_usage, fmt::format("The environment has no {}.", options.secret_variable)};
    }
    return value;
  }
  return options.secret_file.empty() ? "" : read_line_of(options.secret_file);
}

Delivery unsigned_delivery(const SignOptions& options, const std::string& body) {
  Delivery delivery;
  delivery.method = options.method;
  delivery.body = body;
  for (const std::string& text : options.headers) {
    const std::optional<Header> header = parse_header(text);
    if (!header.has_value()) {
      throw Refused{exit_usage, fmt::format("--header wants NAME=VALUE, not {}.", text)};
    }
    delivery.headers.push_back(*header);
  }
  return delivery;
}

/// The provider's file, which the compiler has no error in.
std::shared_ptr<const scheme::Scheme> read_scheme(const SignOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  if (report.errors() == 0 && !catalogue.has(options.provider)) {
    throw Refused{
        exit_usage,
        fmt::format("There is no provider {}; `postern providers` lists them.", options.provider)};
  }
  auto scheme = report.errors() > 0 ? nullptr : catalogue.scheme_of(options.provider, report);
  if (scheme == nullptr) {
    throw Refused{exit_unreadable, text_for_stderr(report)};
  }
  return scheme;
}

/// What is signed, and by what.
struct SignInput {
  std::shared_ptr<const scheme::Scheme> scheme;
  std::string secret;
  std::string key;
  std::string body;
  std::int64_t now_seconds = 0;
};

SignInput read_input(const SignOptions& options) {
  SignInput input{.scheme = read_scheme(options),
                  .secret = read_secret(options),
                  .key = options.key_file.empty() ? "" : read_line_of(options.key_file),
                  .body = "",
                  .now_seconds = now_seconds()};
  if (input.secret.empty() && input.key.empty()) {
    throw Refused{exit_usage, "Give the secret: --secret-env NAME or --secret-file FILE."};
  }
  input.body.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  return input;
}

Delivery sign_input(const SignOptions& options, const SignInput& input) {
  Delivery delivery = unsigned_delivery(options, input.body);
  const Address address = split_address(options.url.empty() ? options.curl : options.url);
  delivery.query = address.query;
  sign_delivery({.scheme = *input.scheme,
                 .secret = input.secret,
                 .private_key = input.key,
                 .at_ms = options.at.value_or(input.now_seconds) * 1000,
                 .id = options.id,
                 .url = address.url,
                 .event_type = options.event_type,
                 .rule = std::nullopt},
                delivery);
  return delivery;
}

bool is_printable(const std::string& text) {
  return std::ranges::all_of(text, [](char character) {
    const auto value = static_cast<unsigned char>(character);
    return value >= 0x20 && value < 0x7F;
  });
}

std::string as_json(const Delivery& delivery) {
  nlohmann::ordered_json headers = nlohmann::ordered_json::array();
  for (const Header& header : delivery.headers) {
    headers.push_back({header.name, header.value});
  }
  return nlohmann::ordered_json{{"method", delivery.method},
                                {"query", delivery.query},
                                {"headers", headers},
                                {"body_base64", to_base64(delivery.body)}}
             .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string as_headers(const Delivery& delivery) {
  std::string text;
  for (const Header& header : delivery.headers) {
    text += header.name + ": " + header.value + "\n";
  }
  return text;
}

}  // namespace

std::optional<Header> parse_header(const std::string& text) {
  // RFC 9110, section 5.6.2 and 5.5: another name or value would be read as something else.
  const auto is_of_name = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  };
  const auto is_of_value = [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  };
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return std::nullopt;
  }
  Header header{text.substr(0, equals), text.substr(equals + 1)};
  if (!std::ranges::all_of(header.name, is_of_name) ||
      !std::ranges::all_of(header.value, is_of_value)) {
    return std::nullopt;
  }
  return header;
}

std::string_view type_of_body(const std::string& body) {
  const bool is_json = nlohmann::json::accept(body);
  const bool is_form = !is_json && body.contains('=') && !body.starts_with('<') &&
                       body.find_first_of(" \r\n\t\"{") == std::string::npos;
  return is_json ? "application/json" : is_form ? "application/x-www-form-urlencoded" : "";
}

std::string curl_command(const Delivery& delivery, const std::string& url) {
  const std::string target = delivery.query.empty() ? url : url + "?" + delivery.query;
  std::string command = fmt::format("curl -sS -i -X {} {} -g --path-as-is",
                                    in_quotes(delivery.method), in_quotes(target));
  bool has_type = false;
  for (const Header& header : delivery.headers) {
    // For curl, a name without a value takes a header away; a semicolon sends it empty.
    command += " -H " + in_quotes(header.value.empty() ? header.name + ";"
                                                       : header.name + ": " + header.value);
    has_type = has_type || fold_headers({header}).front().name == "content-type";
  }
  if (!has_type) {
    // Without one, curl would call it a form.
    const std::string_view type = type_of_body(delivery.body);
    command +=
        " -H " + (type.empty() ? "'content-type;'" : fmt::format("'content-type: {}'", type));
  }
  // `--data-binary` would read a file for a body that begins with `@`.
  if (is_printable(delivery.body) && !delivery.body.starts_with('@')) {
    return command + " --data-binary " + in_quotes(delivery.body);
  }
  return fmt::format("printf %s {} | base64 -d | {} --data-binary @-", to_base64(delivery.body),
                     command);
}

namespace {

std::string shown(const Delivery& delivery, const SignOptions& options, SignForm form) {
  switch (form) {
    case SignForm::json:
      return as_json(delivery);
    case SignForm::curl:
      return curl_command(delivery, split_address(options.curl).url) + "\n";
    case SignForm::headers:
      break;
  }
  return as_headers(delivery);
}

/// Signs once more with another value of each option that was given: where nothing comes out
/// differently, this scheme does not use it, and who gave it believes otherwise.
void expect_effects(const SignOptions& options, const SignInput& input, SignForm form,
                    const std::string& text) {
  struct Change {
    const char* option;
    bool was_given;
    std::function<void(SignOptions&, SignInput&)> make;
  };
  const std::array<Change, 7> changes = {{
      {"--at", options.at.has_value(),
       [](SignOptions& other, SignInput&) { other.at = *other.at == 0 ? 1 : *other.at - 1; }},
      {"--id", !options.id.empty(), [](SignOptions& other, SignInput&) { other.id += "x"; }},
      {"--url", !options.url.empty(), [](SignOptions& other, SignInput&) { other.url += "/x"; }},
      {"--event-type", !options.event_type.empty(),
       [](SignOptions& other, SignInput&) { other.event_type += "x"; }},
      {"--method", options.is_method_given,
       [](SignOptions& other, SignInput&) { other.method += "X"; }},
      {"--key-file", !input.key.empty() && !input.secret.empty(),
       [](SignOptions&, SignInput& other) { other.key.clear(); }},
      {"the secret", !input.key.empty() && !input.secret.empty(),
       [](SignOptions&, SignInput& other) { other.secret.clear(); }},
  }};
  const auto expect_effect = [&](const std::string& option, const auto& make) {
    SignOptions other = options;
    SignInput other_input = input;
    make(other, other_input);
    try {
      if (shown(sign_input(other, other_input), other, form) == text) {
        throw UsageError(
            fmt::format("{} changes nothing of what {} sends.", option, options.provider));
      }
    } catch (const CannotSign&) {
      // So it is used.
    }
  };
  for (const Change& change : changes) {
    if (change.was_given) {
      expect_effect(change.option, change.make);
    }
  }
  for (std::size_t i = 0; i < options.headers.size(); ++i) {
    // A header that the signature needs takes the place of the one that was given.
    expect_effect("--header " + options.headers[i], [i](SignOptions& other, SignInput&) {
      other.headers.erase(other.headers.begin() + static_cast<std::ptrdiff_t>(i));
    });
  }
}

}  // namespace

int run_sign(const SignOptions& options, SignForm form) {
  try {
    const SignInput input = read_input(options);
    const std::string text = shown(sign_input(options, input), options, form);
    expect_effects(options, input, form, text);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_ok;
  } catch (const Refused& refused) {
    fmt::print(stderr, "{}\n", refused.message);
    return refused.exit_code;
  } catch (const CannotSign& fault) {
    fmt::print(stderr, "Cannot sign: {}.\n", fault.what());
    return exit_usage;
  }
}

void register_sign(CommandLine& line) {
  Command& command = line.add("sign", Group::everyday, "Sign standard input as a provider would");
  auto options = std::make_shared<SignOptions>();
  auto json = std::make_shared<bool>(false);
  command.word("PROVIDER", "one of `postern providers`", Need::required, options->provider);
  add_providers_option(command, options->providers);
  command.text("--secret-env", "NAME", "Environment variable that holds the secret",
               options->secret_variable);
  command.text("--secret-file", "FILE", "File that holds the secret", options->secret_file);
  command.text("--key-file", "FILE",
               "Private key in PEM, or an Ed25519 seed, for schemes that sign with one",
               options->key_file);
  command
      .number("--at", "Time of signing in unix seconds", options->at_seconds, std::int64_t{0},
              latest_seconds)
      .preset = "now";
  command.text("--id", "ID", "The delivery's id (one made of the body)", options->id);
  command.texts("--header", "NAME=VALUE", "A header to send too; may be given again",
                options->headers);
  command.text("--url", "URL", "The configured address, for schemes that sign it", options->url);
  command.text("--event-type", "TYPE", "For providers that name the event in a header",
               options->event_type);
  command.text("--method", "METHOD", "The method", options->method);
  command.text("--curl", "URL", "Print a curl command that sends it to this address",
               options->curl);
  command.flag("--json", "Print method, query, headers and body as JSON", *json);
  command.excludes("--secret-env", "--secret-file");
  command.excludes("--curl", "--json");
  command.example("postern sign stripe --secret-env WEBHOOK_SECRET < event.json");
  command.example(
      "postern sign github --secret-file secret.txt --event-type push --curl "
      "http://127.0.0.1:8787/hooks/github < push.json | sh");
  command.note(
      "Ends with 0: signed, 2: usage, 3: a file that cannot be read or has errors, 5: a defect of "
      "postern.");
  command.run([options, json, &command] {
    if (command.was_given("--at")) {
      options->at = options->at_seconds;
    }
    options->is_method_given = command.was_given("--method");
    return run_sign(*options, *json                   ? SignForm::json
                              : options->curl.empty() ? SignForm::headers
                                                      : SignForm::curl);
  });
}

}  // namespace postern::harness
