#include "postern/gate/live_source.h"

#include <algorithm>
#include <utility>

#include "postern/base/check.h"
#include "postern/gate/forward_keys.h"
#include "postern/gate/limits.h"
#include "postern/http/url.h"
#include "postern/scheme/claims.h"

namespace postern::gate {
namespace {

/// Reads every slot by every rule that it fits. A slot that fits no rule is a problem: half of a
/// rotation missing must not go unnoticed. One with the text of the slot before adds nothing: of a
/// tenant that has fewer secrets than there are slots, a host hands over the last one again.
std::span<const scheme::Key> read_keys(const policy::Source& source, const scheme::Scheme& scheme,
                                       std::span<const std::string_view> values,
                                       SourceProblem& problem, std::uint16_t& hmac_keys,
                                       Arena& arena) {
  const std::span<scheme::Key> keys =
      arena.make_array<scheme::Key>(source.secrets.size() * scheme.signatures.size());
  std::size_t count = 0;
  std::string_view last;
  for (const std::uint16_t slot : source.secrets) {
    const std::string_view text = values[slot];
    if (text == std::exchange(last, text) && !text.empty()) {
      continue;
    }
    const std::size_t before = count;
    for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
      const scheme::SignatureRule& rule = scheme.signatures[i];
      const auto bytes = scheme::decode_secret(rule.algorithm, rule.key, text, arena);
      if (!bytes.has_value()) {
        continue;
      }
      scheme::Key& key = keys[count++];
      key.slot = slot;
      key.rule = static_cast<std::uint8_t>(i);
      key.format = scheme::format_of(rule.key.form);
      key.bytes = *bytes;
      if (scheme::is_hmac(rule.algorithm)) {
        key.hmac.assign(scheme::hash_of(rule.algorithm), *bytes);
        key.number = hmac_keys++;
      } else {
        key.number = no_key;
      }
      // Rules that are told apart by the key's prefix must not share a slot; those that are told
      // apart by the body's format do.
      if (rule.format == scheme::BodyFormat::any) {
        break;
      }
    }
    if (count == before) {
      problem = SourceProblem::bad_secret;
    }
  }
  return keys.first(count);
}

bool signs_url(const scheme::Scheme& scheme) {
  return has_feature(Feature::address) &&
         std::ranges::any_of(scheme.signatures, [](const scheme::SignatureRule& rule) {
           return std::ranges::any_of(rule.content, [](const scheme::Part& part) {
             return part.kind == scheme::PartKind::url;
           });
         });
}

}  // namespace

LiveSource go_live(const policy::Policy& policy, const policy::Source& source,
                   std::span<const std::string_view> values,
                   std::span<const scheme::Key* const> forward_keys, std::uint16_t& hmac_keys,
                   Arena& arena) {
  LiveSource live;
  live.policy = &source;
  live.scheme = &policy.schemes[source.scheme];
  live.keys = read_keys(source, *live.scheme, values, live.problem, hmac_keys, arena);
  live.url = value_of(source.url, values);
  if (signs_url(*live.scheme) && !http::parse_url(live.url).has_value()) {
    live.problem = SourceProblem::bad_url;
  }
  const std::span<std::string_view> parameters =
      arena.make_array<std::string_view>(source.parameters.size());
  std::ranges::transform(source.parameters, parameters.begin(),
                         [&](const policy::Setting& one) { return value_of(one, values); });
  live.parameters = parameters;
  read_destinations(policy.gate, source, values, forward_keys, live, arena);
  return live;
}

}  // namespace postern::gate
