#include "harness/commands/providers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "compiler/coverage.h"
#include "compiler/sends_reader.h"
#include "harness/commands/policy_files.h"

namespace postern::harness {
namespace {

std::string show_retries(const compiler::SenderFacts& sender) {
  if (!sender.attempts.has_value()) {
    return sender.horizon_ms.has_value()
               ? fmt::format("for {}", compiler::show_duration(*sender.horizon_ms))
               : "not known";
  }
  if (*sender.attempts == 0) {
    return "never";
  }
  return sender.horizon_ms.has_value() ? fmt::format("{} in {}", *sender.attempts,
                                                     compiler::show_duration(*sender.horizon_ms))
                                       : fmt::format("{}", *sender.attempts);
}

std::string show_algorithms(const scheme::Scheme& scheme) {
  std::vector<std::string_view> names;
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    if (std::ranges::find(names, compiler::name_of(rule.algorithm)) == names.end()) {
      names.push_back(compiler::name_of(rule.algorithm));
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Columns as wide as their widest cell.
void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 == row.size() ? row[i] : fmt::format("{:{}}", row[i], widths[i] + 2);
    }
    fmt::print("{}\n", line);
  }
}

std::string show_identity(const scheme::EventRule& rule) {
  std::vector<std::string> parts;
  for (const scheme::IdentityPart& part : rule.identity) {
    switch (part.kind) {
      case scheme::IdentityKind::locator:
        parts.push_back(compiler::show_locator(part.at));
        break;
      case scheme::IdentityKind::signed_content:
        parts.emplace_back("SHA-256 of what is signed");
        break;
      case scheme::IdentityKind::body:
        parts.emplace_back("SHA-256 of the body");
        break;
    }
  }
  return fmt::format("{}", fmt::join(parts, " + "));
}

void print_fact(std::string_view name, std::string_view value) {
  if (!value.empty()) {
    fmt::print("{:<12} {}\n", name, value);
  }
}

void print_scheme(const compiler::SchemeModel& model) {
  for (const scheme::SignatureRule& rule : model.scheme.signatures) {
    print_fact("signature", fmt::format("{} in {}", compiler::name_of(rule.algorithm),
                                        compiler::show_locator(rule.from)));
  }
  if (model.scheme.timestamp.unit != scheme::TimeUnit::none) {
    print_fact(
        "timestamp",
        fmt::format("{}, accepted {} old to {} ahead",
                    compiler::show_locator(model.scheme.timestamp.from),
                    compiler::show_duration(std::uint64_t{model.max_age_seconds} * 1000),
                    compiler::show_duration(std::uint64_t{model.max_future_seconds} * 1000)));
  } else {
    print_fact("timestamp", "none is signed: the ledger alone keeps replays out");
  }
  for (const scheme::EventRule& rule : model.scheme.events) {
    print_fact("identity", show_identity(rule));
    if (rule.same_content == scheme::SameContent::mark) {
      print_fact("copies", rule.hints.empty()
                               ? "events may be equal, and nothing tells them apart"
                               : fmt::format("events may be equal; told apart, and marked, by {}",
                                             fmt::join(rule.hints, ", ")));
    }
    if (rule.type.place != scheme::Place::none) {
      print_fact("event type", fmt::format("{} ({})", compiler::show_locator(rule.type),
                                           rule.type_is_signed ? "signed" : "not signed"));
    }
  }
  for (const scheme::Challenge& challenge : model.scheme.challenges) {
    print_fact("challenge", fmt::format("{}, {}", challenge.method,
                                        challenge.proof == scheme::ChallengeProof::signed_delivery
                                            ? "answered after its signature verified"
                                            : "answered without a signature"));
  }
}

std::string_view show_proof(scheme::Proof proof) {
  switch (proof) {
    case scheme::Proof::token:
      return "token; unsigned: anyone who knows the token can send any body";
    case scheme::Proof::weak:
      return "weak: only a checksum of the body is signed";
    case scheme::Proof::partial:
      return "partial: only the parts that `content` names are signed";
    default:
      return name_of(proof);
  }
}

/// Which of the sender's headers an origin gets.
void print_headers(const scheme::Scheme& scheme) {
  print_fact("headers", fmt::format("{}", fmt::join(scheme.headers, ", ")));
  print_fact("more proof", fmt::format("{}", fmt::join(scheme.proof_headers, ", ")));
}

void print_provider(const compiler::SchemeModel& model) {
  print_fact("slug", model.slug);
  print_fact("name", model.name);
  print_fact("manual", model.manual);
  print_fact("checked", model.checked);
  print_fact("confidence", model.confidence);
  print_fact("proof", show_proof(model.proof));
  print_fact("sends", compiler::show_forms(model.scheme.sends));
  if (model.scheme.key_signs_more) {
    print_fact("key", "signs more than deliveries: a body is read to its end");
  }
  print_scheme(model);
  print_headers(model.scheme);
  print_fact("retries", show_retries(model.sender));
  if (model.sender.timeout_ms.has_value()) {
    print_fact("waits", compiler::show_duration(*model.sender.timeout_ms));
  }
  print_fact("retried on", fmt::format("{}", fmt::join(model.sender.retried_on, ", ")));
  print_fact("source", model.sender.source);
  if (!model.acknowledgement.body.empty()) {
    print_fact("acknowledge", fmt::format("{} as {}", model.acknowledgement.body,
                                          model.acknowledgement.content_type));
  }
  if (!model.notes.empty()) {
    fmt::print("\n{}{}", model.notes, model.notes.ends_with('\n') ? "" : "\n");
  }
}

int print_all(compiler::Catalogue& catalogue, compiler::Report& report) {
  std::vector<std::vector<std::string>> rows = {
      {"SLUG", "NAME", "PROOF", "ALGORITHM", "CONFIDENCE", "RETRIES"}};
  for (const std::string& slug : catalogue.slugs()) {
    const compiler::SchemeModel* model = catalogue.find(slug, report);
    if (model != nullptr) {
      rows.push_back({slug, model->name, std::string(name_of(model->proof)),
                      show_algorithms(model->scheme), model->confidence,
                      show_retries(model->sender)});
    }
  }
  print_table(rows);
  print_to_stderr(report);
  return report.errors() == 0 ? exit_ok : exit_unreadable;
}

}  // namespace

int run_providers(const ProvidersOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  if (report.errors() > 0) {
    print_to_stderr(report);
    return exit_unreadable;
  }
  if (options.name.empty()) {
    return print_all(catalogue, report);
  }
  if (!catalogue.has(options.name)) {
    const std::string guess = compiler::nearest(options.name, catalogue.slugs());
    fmt::print(stderr, "no provider \"{}\" in the catalogue{}\n", options.name,
               guess.empty() ? "" : fmt::format("; did you mean \"{}\"?", guess));
    return exit_usage;
  }
  const compiler::SchemeModel* model = catalogue.find(options.name, report);
  print_to_stderr(report);
  if (model == nullptr) {
    return exit_unreadable;
  }
  print_provider(*model);
  return exit_ok;
}

void register_providers(CommandLine& line) {
  Command& command = line.add("providers", Group::everyday, "Show the catalogue, or one provider");
  auto options = std::make_shared<ProvidersOptions>();
  command.word("NAME", "a provider's slug: the first column of the table", Need::optional,
               options->name);
  add_providers_option(command, options->providers);
  command.example("postern providers stripe");
  command.note(
      "Ends with 0: shown, 2: usage, or no such provider, 3: a provider file with errors, 5: a "
      "defect of postern.");
  command.run([options] { return run_providers(*options); });
}

}  // namespace postern::harness
