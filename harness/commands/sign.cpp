#include "harness/commands/sign.h"

#include <unistd.h>

#include <chrono>
#include <memory>

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

}  // namespace

int run_sign(const SignOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const ReadSecret secret(options.secret);
  SignInput input = options.input;
  input.secret = secret.input();
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
  add_secret_options(command, options->secret);
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
