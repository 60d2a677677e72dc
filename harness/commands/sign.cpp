#include "harness/commands/sign.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/commands/policy_files.h"
#include "harness/fixture/read_fixture.h"
#include "harness/host/text_forms.h"
#include "harness/sender/sign.h"

namespace postern::harness {
namespace {

/// What the user asked for cannot be had; the message says why.
struct Refused {
  int exit_code;
  std::string message;
};

/// The end of the year 9999.
constexpr std::int64_t latest_seconds = 253'402'300'799;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return text;
}

std::string read_secret(const SignOptions& options) {
  if (!options.secret_variable.empty()) {
    const char* value = std::getenv(options.secret_variable.c_str());
    if (value == nullptr || *value == '\0') {
      throw Refused{exit_usage, fmt::format("The environment has no {}.", options.secret_variable)};
    }
    return value;
  }
  if (options.secret_file.empty()) {
    return {};
  }
  const auto text = read_bytes(options.secret_file, fixture_bytes_max);
  if (!text.has_value()) {
    throw Refused{exit_unreadable, fmt::format("Cannot read {}.", options.secret_file)};
  }
  return without_line_end(*text);
}

std::string read_key(const SignOptions& options) {
  if (options.key_file.empty()) {
    return {};
  }
  const auto text = read_bytes(options.key_file, fixture_bytes_max);
  if (!text.has_value()) {
    throw Refused{exit_unreadable, fmt::format("Cannot read {}.", options.key_file)};
  }
  return without_line_end(*text);
}

Delivery unsigned_delivery(const SignOptions& options) {
  Delivery delivery;
  delivery.method = options.method;
  delivery.body.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  for (const std::string& text : options.headers) {
    const std::optional<Header> header = parse_header(text);
    if (!header.has_value()) {
      throw Refused{exit_usage, fmt::format("--header wants NAME=VALUE, not {}.", text)};
    }
    delivery.headers.push_back(*header);
  }
  return delivery;
}

/// Splits the query off an address.
std::pair<std::string, std::string> split_query(const std::string& url) {
  const std::size_t mark = url.find('?');
  return mark == std::string::npos ? std::pair(url, std::string())
                                   : std::pair(url.substr(0, mark), url.substr(mark + 1));
}

/// The provider's file, which the compiler has no error in.
std::shared_ptr<const toml::table> read_scheme(const SignOptions& options) {
  Report report;
  Catalogue catalogue = open_catalogue(options.providers, report);
  if (report.errors() == 0 && !catalogue.has(options.provider)) {
    throw Refused{
        exit_usage,
        fmt::format("There is no provider {}; `postern providers` lists them.", options.provider)};
  }
  if (report.errors() > 0 || catalogue.find(options.provider, report) == nullptr) {
    throw Refused{exit_unreadable, text_for_stderr(report)};
  }
  return catalogue.table_of(options.provider);
}

Delivery sign_input(const SignOptions& options) {
  const auto scheme = read_scheme(options);
  const std::string secret = read_secret(options);
  const std::string key = read_key(options);
  if (secret.empty() && key.empty()) {
    throw Refused{exit_usage, "Give the secret: --secret-env NAME or --secret-file FILE."};
  }
  Delivery delivery = unsigned_delivery(options);
  const auto [url, query] = split_query(options.url.empty() ? options.curl : options.url);
  delivery.query = query;
  sign_delivery({.scheme = *scheme,
                 .secret = secret,
                 .private_key = key,
                 .at_ms = options.at.value_or(now_seconds()) * 1000,
                 .id = options.id,
                 .url = url,
                 .event_type = options.event_type,
                 .rule = std::nullopt},
                delivery);
  return delivery;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char character : text) {
    result += character == '\'' ? "'\\''" : std::string(1, character);
  }
  return result + "'";
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
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return std::nullopt;
  }
  return Header{text.substr(0, equals), text.substr(equals + 1)};
}

std::string curl_command(const Delivery& delivery, const std::string& url) {
  const std::string target = delivery.query.empty() ? url : url + "?" + delivery.query;
  std::string command =
      fmt::format("curl -sS -i -X {} {}", quoted(delivery.method), quoted(target));
  bool has_type = false;
  for (const Header& header : delivery.headers) {
    command += " -H " + quoted(header.name + ": " + header.value);
    has_type = has_type || fold_headers({header}).front().name == "content-type";
  }
  if (!has_type) {
    command += " -H 'content-type:'";  // curl would call it a form.
  }
  // `--data-binary` would read a file for a body that begins with `@`.
  if (is_printable(delivery.body) && !delivery.body.starts_with('@')) {
    return command + " --data-binary " + quoted(delivery.body);
  }
  return fmt::format("printf %s {} | base64 -d | {} --data-binary @-", to_base64(delivery.body),
                     command);
}

int run_sign(const SignOptions& options, SignForm form) {
  try {
    const Delivery delivery = sign_input(options);
    std::string text = form == SignForm::json ? as_json(delivery) : as_headers(delivery);
    if (form == SignForm::curl) {
      text = curl_command(delivery, split_query(options.curl).first) + "\n";
    }
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

void register_sign(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("sign", "Sign standard input as a provider would");
  auto options = std::make_shared<SignOptions>();
  auto json = std::make_shared<bool>(false);
  command->add_option("provider", options->provider, "One of `postern providers`")->required();
  add_providers_option(*command, options->providers);
  auto* variable = command->add_option("--secret-env", options->secret_variable,
                                       "Environment variable that holds the secret");
  command->add_option("--secret-file", options->secret_file, "File that holds the secret")
      ->excludes(variable);
  command->add_option("--key-file", options->key_file,
                      "Private key in PEM, or an Ed25519 seed, for schemes that sign with one");
  command->add_option("--at", options->at, "Time of signing in unix seconds (now)")
      ->check(CLI::Range(std::int64_t{0}, latest_seconds).description(""));
  command->add_option("--id", options->id, "The delivery's id (one made of the body)");
  command->add_option("--header", options->headers, "NAME=VALUE to send too; may be repeated");
  command->add_option("--url", options->url, "The configured address, for schemes that sign it");
  command->add_option("--event-type", options->event_type,
                      "For providers that name the event in a header");
  command->add_option("--method", options->method, "The method")->capture_default_str();
  command->add_option("--curl", options->curl,
                      "Print a curl command that sends it to this address");
  command->add_flag("--json", *json, "Print method, query, headers and body as JSON");
  command->footer(
      "NAME is an entry of `postern providers`. Examples:\n"
      "  postern sign NAME --secret-env WEBHOOK_SECRET < event.json\n"
      "  postern sign NAME --secret-file secret.txt --event-type push \\\n"
      "      --curl http://127.0.0.1:8787/hooks/NAME < push.json | sh\n"
      "Ends with 0: signed, 2: usage, 3: a file that cannot be read or has errors, 5: a defect of\n"
      "postern.");
  command->callback([options, json, &exit_code] {
    exit_code = run_sign(*options, *json                   ? SignForm::json
                                   : options->curl.empty() ? SignForm::headers
                                                           : SignForm::curl);
  });
}

}  // namespace postern::harness
