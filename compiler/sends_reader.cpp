#include "compiler/sends_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace postern::compiler {
namespace {

using http::BodyForm;
using http::BodyForms;
using scheme::BodyFormat;

constexpr std::array<std::pair<std::string_view, BodyForm>, 6> form_words = {
    {{"json", BodyForm::json},
     {"form", BodyForm::form},
     {"xml", BodyForm::xml},
     {"multipart", BodyForm::multipart},
     {"text", BodyForm::text},
     {"empty", BodyForm::empty}}};

constexpr std::string_view all_words = R"(one of: json, form, xml, multipart, text, empty)";

/// Forms that are read to their end. Of the others, the beginning is all that tells them.
constexpr BodyForms closed_forms =
    http::set_of(BodyForm::json) | http::set_of(BodyForm::form) | http::set_of(BodyForm::empty);

BodyForms read_list(TableReader& reader) {
  BodyForms forms = 0;
  for (const PlacedText& text :
       reader.texts("sends", form_words.size()).value_or(std::vector<PlacedText>{})) {
    const auto known =
        std::ranges::find(form_words, text.text, &std::pair<std::string_view, BodyForm>::first) -
        form_words.begin();
    const auto at = static_cast<std::size_t>(known);
    if (at == form_words.size()) {
      reader.report().error(text.place, "unknown-value", "this is not a form of body",
                            std::string(all_words));
      return http::any_body_form;
    }
    if (http::has(forms, form_words[at].second)) {
      reader.report().error(text.place, "repeated-value", "this form stands here already", "");
    }
    forms = static_cast<BodyForms>(forms | http::set_of(form_words[at].second));
  }
  return forms == 0 ? http::any_body_form : forms;
}

BodyForms read_forms(TableReader& reader) {
  const toml::node* node = reader.find("sends");
  if (node == nullptr || !node->is_string()) {
    return read_list(reader);
  }
  if (node->as_string()->get() != "any") {
    reader.error("sends", "unknown-value", "`sends` is a list of forms, or \"any\"",
                 std::string(all_words));
  }
  return http::any_body_form;
}

/// A rule for bodies that never come in does nothing.
void check_format(TableReader& reader, BodyForms sends, BodyFormat format, std::string_view key) {
  constexpr BodyForms forms = http::set_of(BodyForm::form) | http::set_of(BodyForm::empty);
  const bool is_sent =
      format == BodyFormat::any ||
      (format == BodyFormat::json ? http::has(sends, BodyForm::json) : (sends & forms) != 0);
  if (!is_sent) {
    reader.error(key, "unsent-form",
                 fmt::format("a rule for `format = \"{}\"`, which `sends` does not have",
                             format == BodyFormat::json ? "json" : "form"),
                 "add the form to `sends`, or leave the rule out");
  }
}

void check_formats(TableReader& reader, const SchemeModel& model) {
  const BodyForms sends = model.scheme.sends;
  for (const scheme::SignatureRule& rule : model.scheme.signatures) {
    check_format(reader, sends, rule.format, "signature");
  }
  for (const scheme::EventRule& rule : model.scheme.events) {
    check_format(reader, sends, rule.format, "event");
  }
  for (const scheme::Challenge& challenge : model.scheme.challenges) {
    if (challenge.proof == scheme::ChallengeProof::signed_delivery) {
      check_format(reader, sends, challenge.format, "challenge");
    }
  }
}

}  // namespace

void read_sends(TableReader& reader, SchemeUse use, SchemeModel& model) {
  const bool is_said = reader.has("sends");
  model.scheme.sends = read_forms(reader);
  model.scheme.key_signs_more = reader.truth("key_signs_more").value_or(false);
  if (!is_said && use == SchemeUse::catalogue) {
    reader.error("sends", "missing-key", "`sends` must say which forms of body the sender sends",
                 R"(sends = ["json"], or sends = "any" where the sender prescribes none)");
  } else if (!is_said && !model.scheme.key_signs_more) {
    reader.warn("sends", "open-body-form",
                "nothing says which forms of body the sender sends: whatever else is signed with "
                "its key passes as a delivery",
                R"(sends = ["json"]; or sends = "any", where the sender prescribes none)");
  }
  if (model.scheme.key_signs_more && (model.scheme.sends & ~closed_forms) != 0) {
    reader.error(is_said ? "sends" : "key_signs_more", "open-body-form",
                 "a body of such a form cannot be told from what else the key signs",
                 "beside `key_signs_more` only json, form and empty, which are read to their end");
  }
  check_formats(reader, model);
}

std::string show_forms(BodyForms forms) {
  if (forms == http::any_body_form) {
    return "any";
  }
  std::vector<std::string_view> names;
  for (const auto& [name, form] : form_words) {
    if (http::has(forms, form)) {
      names.push_back(name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace postern::compiler
