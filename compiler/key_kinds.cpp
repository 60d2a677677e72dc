#include "compiler/key_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "compiler/scheme_reader.h"

namespace postern::compiler {
namespace {

using scheme::SignatureRule;

bool is_fetched(const SignatureRule& rule) { return rule.key.form == scheme::KeyForm::fetched; }

/// What a secret of the rule is: a key of a kind, or an identifier of one that is fetched.
std::optional<scheme::KeyKind> kind_of(const SignatureRule& rule) {
  return is_fetched(rule)
             ? std::nullopt
             : std::optional(scheme::fact_of<&scheme::AlgorithmRow::key>(rule.algorithm));
}

bool has_own_prefix(const SignatureRule& rule, const SignatureRule& other) {
  return rule.key.prefix_rule == scheme::PrefixRule::required && !rule.key.prefix.empty() &&
         !other.key.prefix.starts_with(rule.key.prefix);
}

}  // namespace

void check_key_kinds(TableReader& reader, std::span<const SignatureRule> rules) {
  if (std::ranges::count_if(rules, is_fetched) > 1) {
    reader.error("signature", "ambiguous-key",
                 "a scheme can fetch the key of one signature only: the other one's hosts would "
                 "vouch for it too",
                 "a source of its own for each of them");
    return;
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (kind_of(rules[i]) != kind_of(rules[j]) &&
          (!has_own_prefix(rules[i], rules[j]) || !has_own_prefix(rules[j], rules[i]))) {
        reader.error("signature", "ambiguous-key",
                     fmt::format("a secret of this scheme could be a key of {} or of {}",
                                 name_of(rules[j].algorithm), name_of(rules[i].algorithm)),
                     "give each a prefix that is required: key = { form = \"base64\", prefix = "
                     "\"whpk_\", prefix_required = true }");
        return;
      }
    }
  }
}

}  // namespace postern::compiler
