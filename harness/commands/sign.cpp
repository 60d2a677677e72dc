#include "harness/commands/sign.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>

#include "harness/commands/policy_files.h"
#include "harness/host/read_file.h"

namespace postern::harness {
namespace {

/// The end of the year 9999.
constexpr std::int64_t latest_seconds = 253'402'300'799;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string value_of(const std::string& variable) {
  const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
  return value == nullptr ? "" : value;
}

/// Nothing for a file that nobody named.
std::optional<FileText> read_named(const std::string& file) {
  return file.empty() ? std::nullopt : std::optional(read_whole(file, file_bytes_max));
}

std::optional<compiler::GivenFile> given_or_none(const std::string& name,
                                                 const std::optional<FileText>& file) {
  return file.has_value() ? std::optional(given_file(name, *file)) : std::nullopt;
}

}  // namespace

int run_sign(const SignOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const std::optional<FileText> secret = read_named(options.secret_file);
  const std::optional<FileText> key = read_named(options.key_file);
  SignInput input = options.input;
  input.secret_value = value_of(input.secret_variable);
  input.secret_file = given_or_none(options.secret_file, secret);
  input.key_file = given_or_none(options.key_file, key);
  input.now = now_seconds();
  const auto material = sign_material(input, catalogue, report, colour_for(STDERR_FILENO));
  if (!material.has_value()) {
    return print_output(material.error());
  }
  const FileText body = read_whole("-", signed_body_bytes_max);
  return print_output(sign_output(input, *material, given_file("standard input", body)));
}

void register_sign(CommandLine& line) {
  Command& command = line.add("sign", Group::everyday, "Sign standard input as a provider would");
  auto options = std::make_shared<SignOptions>();
  auto json = std::make_shared<bool>(false);
  auto at = std::make_shared<std::int64_t>(0);
  auto method = std::make_shared<std::string>("POST");
  command.word("PROVIDER", "one of `postern providers`", Need::required, options->input.provider);
  add_providers_option(command, options->providers);
  command.text("--secret-env", "NAME", "Environment variable that holds the secret",
               options->input.secret_variable);
  command.text("--secret-file", "FILE", "File that holds the secret", options->secret_file);
  command.text("--key-file", "FILE",
               "Private key in PEM, or an Ed25519 seed, for schemes that sign with one",
               options->key_file);
  command.number("--at", "Time of signing in unix seconds", *at, std::int64_t{0}, latest_seconds)
      .preset = "now";
  command.text("--id", "ID", "The delivery's id (one made of the body)", options->input.id);
  command.texts("--header", "NAME=VALUE", "A header to send too; may be given again",
                options->input.headers);
  command.text("--url", "URL", "The configured address, for schemes that sign it",
               options->input.url);
  command.text("--event-type", "TYPE", "For providers that name the event in a header",
               options->input.event_type);
  command.text("--method", "METHOD", "The method", *method);
  command.text("--curl", "URL", "Print a curl command that sends it to this address",
               options->input.curl);
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
  command.run([options, json, at, method, &command] {
    SignInput& input = options->input;
    if (command.was_given("--at")) {
      input.at = *at;
    }
    if (command.was_given("--method")) {
      input.method = *method;
    }
    input.form = *json ? SignForm::json : input.curl.empty() ? SignForm::headers : SignForm::curl;
    return run_sign(*options);
  });
}

}  // namespace postern::harness
