#include "compiler/commands/providers_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "compiler/commands/http_text.h"
#include "compiler/commands/likely_senders.h"
#include "compiler/commands/provider_page.h"
#include "compiler/commands/provider_search.h"
#include "compiler/commands/providers_json.h"
#include "compiler/coverage.h"

namespace postern::compiler {
namespace {

/// More senders that a request could be from are counted: the first ones are the likely ones.
constexpr std::size_t shown_senders_max = 20;

/// Columns as wide as their widest cell.
std::string show_table(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
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
    text += line + "\n";
  }
  return text;
}

CommandOutput output_of(std::string text, const Report& report, Colour colour, Exit exit) {
  return {.out = std::move(text),
          .err = report_text(report, colour),
          .exit = report.errors() == 0 ? exit : Exit::unreadable};
}

/// A column of why only where somebody is there for another name than their own.
std::string list_of(const std::vector<FoundProvider>& found) {
  const bool has_reasons = std::ranges::any_of(
      found, [](const FoundProvider& provider) { return !provider.by.empty(); });
  std::vector<std::vector<std::string>> rows = {
      {"SLUG", "NAME", "PROOF", "ALGORITHM", "CONFIDENCE", "RETRIES"}};
  for (const auto& [model, by] : found) {
    rows.push_back({model->slug, model->name, std::string(name_of(model->proof)),
                    fmt::format("{}", fmt::join(algorithms_of(model->scheme), ", ")),
                    model->confidence, show_retries(model->sender)});
  }
  if (has_reasons) {
    rows.front().emplace_back("FOUND");
    for (std::size_t i = 0; i < found.size(); ++i) {
      rows[i + 1].push_back(found[i].by);
    }
  }
  return show_table(rows);
}

std::optional<std::string> unknown_algorithm(const std::string& name) {
  std::vector<std::string> known;
  for (const scheme::AlgorithmRow& row : scheme::algorithm_rows) {
    known.emplace_back(row.name);
  }
  if (name.empty() || std::ranges::find(known, name) != known.end()) {
    return std::nullopt;
  }
  const std::string guess = nearest(name, known);
  return fmt::format("--algorithm cannot be \"{}\": {}", name,
                     guess.empty() ? fmt::format("it is one of {}", fmt::join(known, ", "))
                                   : fmt::format("did you mean \"{}\"?", guess));
}

bool is_wanted(const SchemeModel& model, const ProvidersInput& input) {
  const auto algorithms = algorithms_of(model.scheme);
  return (!input.is_signed || model.proof == scheme::Proof::signature) &&
         (!input.has_challenge || !model.scheme.challenges.empty()) &&
         (input.algorithm.empty() ||
          std::ranges::find(algorithms, input.algorithm) != algorithms.end());
}

bool is_filtered(const ProvidersInput& input) {
  return input.is_signed || input.has_challenge || !input.algorithm.empty();
}

/// Why the page is shown of somebody who has another name than the one that was given.
std::string why_found(const std::string& name, const FoundProvider& found) {
  return fmt::format("{}: {}\n", found.model->slug,
                     found.by.empty() ? fmt::format("its name has \"{}\"", name) : found.by);
}

CommandOutput search_output(const ProvidersInput& input, Catalogue& catalogue, Report& report,
                            Colour colour) {
  std::vector<FoundProvider> found = search_providers(input.name, catalogue, report);
  if (found.empty() && !input.name.empty()) {
    return {.out = "", .err = unknown_provider(input.name, catalogue), .exit = Exit::usage};
  }
  std::erase_if(found, [&input](const FoundProvider& provider) {
    return !is_wanted(*provider.model, input);
  });
  if (input.name.empty()) {
    report_taken_names(catalogue, report);
  }
  if (input.form == ProvidersForm::json) {
    return output_of(providers_json(found), report, colour, Exit::ok);
  }
  if (!input.name.empty() && found.size() == 1 && !is_filtered(input)) {
    CommandOutput output = output_of(provider_page(*found.front().model), report, colour, Exit::ok);
    output.err += why_found(input.name, found.front());
    return output;
  }
  return output_of(list_of(found), report, colour, Exit::ok);
}

CommandOutput page_output(const ProvidersInput& input, Catalogue& catalogue, Report& report,
                          Colour colour) {
  const SchemeModel* model = catalogue.find(input.name, report);
  if (model == nullptr) {
    return output_of("", report, colour, Exit::unreadable);
  }
  return output_of(input.form == ProvidersForm::json ? providers_json({{.model = model, .by = ""}})
                                                     : provider_page(*model),
                   report, colour, Exit::ok);
}

std::string senders_text(const std::vector<LikelySender>& senders) {
  std::vector<std::vector<std::string>> rows = {{"SLUG", "NAME", "BECAUSE OF"}};
  for (const LikelySender& sender : senders) {
    if (rows.size() <= shown_senders_max) {
      rows.push_back({sender.model->slug, sender.model->name,
                      fmt::format("{}", fmt::join(sender.reasons, "; "))});
    }
  }
  std::string text = show_table(rows);
  if (senders.size() > shown_senders_max) {
    text += fmt::format("and {} more\n", senders.size() - shown_senders_max);
  }
  return text;
}

CommandOutput identify_output(const GivenFile& file, ProvidersForm form, Catalogue& catalogue,
                              Report& report, Colour colour) {
  if (!file.text.has_value()) {
    report.file_error(file.name, "unreadable", "this request cannot be read", file.why);
    return output_of("", report, colour, Exit::unreadable);
  }
  const auto request = read_http_text(*file.text);
  if (!request.has_value()) {
    return usage_output(fmt::format("{}: {}", file.name, request.error()));
  }
  const std::vector<LikelySender> senders = likely_senders(*request, catalogue, report);
  if (form == ProvidersForm::json) {
    return output_of(senders_json(senders), report, colour,
                     senders.empty() ? Exit::expectation_failed : Exit::ok);
  }
  if (senders.empty() && report.errors() == 0) {
    return {.out = "",
            .err =
                "it could be from no provider of the catalogue: none of them has its signature "
                "where this request has something\n",
            .exit = Exit::expectation_failed};
  }
  return output_of(senders.empty() ? "" : senders_text(senders), report, colour, Exit::ok);
}

}  // namespace

CommandOutput providers_output(const ProvidersInput& input, Catalogue& catalogue, Report& report,
                               Colour colour) {
  if (report.errors() > 0) {
    return output_of("", report, colour, Exit::unreadable);
  }
  if (const auto fault = unknown_algorithm(input.algorithm)) {
    return usage_output(*fault);
  }
  if (input.request.has_value() && !input.name.empty()) {
    return usage_output("--identify looks at all providers: leave NAME out.");
  }
  if (input.request.has_value()) {
    return identify_output(*input.request, input.form, catalogue, report, colour);
  }
  return catalogue.has(input.name) && !is_filtered(input)
             ? page_output(input, catalogue, report, colour)
             : search_output(input, catalogue, report, colour);
}

std::string unknown_provider(std::string_view name, Catalogue& catalogue) {
  const std::string hint = catalogue.hint_at(name);
  return fmt::format("no provider \"{}\" in the catalogue{}{}\n", name, hint.empty() ? "" : "; ",
                     hint);
}

}  // namespace postern::compiler
