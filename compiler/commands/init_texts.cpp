#include "compiler/commands/init_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "compiler/commands/init_source.h"

namespace postern::compiler {
namespace {

constexpr std::string_view worker_head =
    "# `postern lint postern.toml` checks this file, `postern compile postern.toml -o policy.bin`\n"
    "# makes what the gate reads. Secrets and addresses come from the environment; none stands "
    "here.\n"
    "version = 1\n"
    "\n"
    "[gate]\n"
    "# Forwards carry a Standard Webhooks signature: the origin verifies this one scheme for all.\n"
    "sign_forwards = \"env:POSTERN_SIGNING_SECRET\"\n";

constexpr std::string_view node_head = "version = 1\n";

constexpr std::string_view worker_values_head =
    "# What postern.toml reads from its environment. `npx wrangler dev` takes the values from a "
    "copy\n"
    "# of this file that is called .dev.vars. Those of production stand in another copy:\n"
    "# `postern lint postern.toml --env FILE` checks it, `npx wrangler deploy --secrets-file "
    "FILE`\n"
    "# takes it along. No copy belongs into the repository.\n";

constexpr std::string_view node_values_head =
    "# What server.mjs reads from its environment: `node --env-file=.env server.mjs` takes the "
    "values\n"
    "# from a copy of this file that is called .env. No copy belongs into the repository.\n";

/// Values, what wrangler and the gate keep beside the program, and what is built.
constexpr std::array<std::string_view, 10> ignored = {
    "node_modules/", ".wrangler/",         "policy.bin", "policy.mjs", "postern.db*",
    ".dev.vars*",    "!.dev.vars.example", ".env*",      "*.env",      "!.env.example"};

/// Where the tables of the queues begin in the sample.
constexpr std::string_view queues_begin = "\n# Queue mode:";

void add_lines(const std::vector<PolicyLine>& lines, std::string& text) {
  for (const PolicyLine& line : lines) {
    for (const std::string_view comment : line.comment) {
      text += fmt::format("# {}\n", comment);
    }
    text += indented(fmt::format("{} = {}", line.key, line.value), line.is_offered ? "# " : "");
  }
}

std::string source_text(const NewSource& source, std::string_view to) {
  std::string text = fmt::format("\n# {}\n[sources.{}]\n", source.title, source.name);
  add_lines(source.lines, text);
  text += fmt::format("\n[[sources.{}.routes]]\nto = \"{}\"\n", source.name, to);
  add_lines(source.route, text);
  return text;
}

std::string bytes_of_key(const KeyNeed& key) {
  return key.bytes_max == 0 ? ""
         : key.bytes_min == key.bytes_max
             ? fmt::format(" of {} bytes", key.bytes_min)
             : fmt::format(" of {} to {} bytes", key.bytes_min, key.bytes_max);
}

/// Such as "`whsec_` and base64 of 24 to 64 bytes".
std::string show_key(const KeyNeed& key) {
  const std::string text = key.prefix.empty() ? "" : fmt::format("`{}` and ", key.prefix);
  if (key.algorithm == "basic") {
    return text + "`user:password`, as it is configured there";
  }
  if (key.form == "hex" || key.form == "base64") {
    return text + key.form + bytes_of_key(key);
  }
  return text + (key.form == "pem"       ? "a public key in PEM"
                 : key.form == "spki"    ? "a public key in base64"
                 : key.form == "fetched" ? "the webhook's id, which is signed"
                                         : "the text as it is shown there");
}

std::string comment_of(const ValueNeed& value, Catalogue& catalogue) {
  if (value.kind == ValueKind::destination) {
    return "# Where deliveries are forwarded to: https://…\n";
  }
  if (value.kind == ValueKind::url) {
    return fmt::format("# The address as {} was given it, byte for byte: https://…{}\n",
                       value.source, value.path);
  }
  if (value.kind == ValueKind::signing) {
    return "# Signs forwards: `whsec_` and base64 of 24 to 64 bytes, such as\n"
           "# echo \"whsec_$(openssl rand -base64 32)\"\n";
  }
  Report unheard;
  const SchemeModel* model = catalogue.find(value.provider, unheard);
  if (value.kind == ValueKind::parameter) {
    std::string text;
    for (const ParameterModel& parameter : model->parameters) {
      text += fmt::format("# {}, `{}`: {}\n", model->name, parameter.name, parameter.meaning);
    }
    return text;
  }
  std::vector<std::string> forms;
  for (const KeyNeed& key : value.keys) {
    if (std::string form = show_key(key); std::ranges::find(forms, form) == forms.end()) {
      forms.push_back(std::move(form));
    }
  }
  if (model->secret_place.empty()) {
    return fmt::format("# {}: {}. Its manual says where:\n# {}\n", model->name,
                       fmt::join(forms, ", or "), model->manual);
  }
  return fmt::format("# {}: {}\n# It is {}. {}\n", model->name, model->secret_place,
                     fmt::join(forms, ", or "), model->manual);
}

/// A folder is one with a stroke behind its name or without.
std::string_view without_strokes(std::string_view line) {
  constexpr std::string_view around = " \t\r/";
  const std::size_t begin = std::min(line.find_first_not_of(around), line.size());
  line.remove_prefix(begin);
  return line.substr(0, line.find_last_not_of(around) + 1);
}

}  // namespace

std::string policy_text(const std::vector<const SchemeModel*>& providers, InitPlace place) {
  const bool is_worker = place == InitPlace::worker;
  std::string text(is_worker ? worker_head : node_head);
  for (const SchemeModel* provider : providers) {
    text +=
        source_text(make_source(*provider, place), is_worker ? "env:ORIGIN_URL" : "handler:take");
  }
  return text;
}

std::string wrangler_text(const HostNeeds& needs, std::string_view sample) {
  std::string text(needs.queue ? sample : sample.substr(0, sample.find(queues_begin)));
  text +=
      "\n# What postern.toml reads from its environment; `postern lint` compares the two. A "
      "source\n"
      "# with a secret that is not set answers 503.\n[secrets]\nrequired = [\n";
  for (const ValueNeed& value : needs.values) {
    text += fmt::format("  \"{}\",\n", value.name);
  }
  return text + "]\n";
}

std::string environment_text(const HostNeeds& needs, InitPlace place, Catalogue& catalogue) {
  std::string text(place == InitPlace::worker ? worker_values_head : node_values_head);
  for (const ValueNeed& value : needs.values) {
    text += fmt::format("\n{}{}=\n", comment_of(value, catalogue), value.name);
  }
  return text;
}

std::string ignore_text() { return fmt::format("{}\n", fmt::join(ignored, "\n")); }

std::vector<std::string_view> not_ignored(std::string_view text) {
  std::vector<std::string_view> lacking(ignored.begin(), ignored.end());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_strokes(text.substr(0, end));
    std::erase_if(lacking,
                  [line](std::string_view wanted) { return without_strokes(wanted) == line; });
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lacking;
}

}  // namespace postern::compiler
