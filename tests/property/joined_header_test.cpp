#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "harness/fixture/select.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/disk_files.h"
#include "property/fixture_gate.h"
#include "property/scheme_table.h"

// A header that came twice is never read as one list or one value. Every header that a scheme reads
// is split in two at every place, in deliveries that the gate lets in: what came of it must not
// pass. A type that proves nothing must at least be none, and under a hint that proves nothing it
// is a copy of what was let in: marked, if it goes on.

namespace postern::property {
namespace {

/// Samples of each fixture that are split everywhere; a scheme's lists look alike.
constexpr std::size_t samples_max = 2;
constexpr std::size_t body_bytes_max = 4096;

struct Names {
  std::set<std::string> all;
  /// Read for the event's type and for nothing else.
  std::set<std::string> types;
  /// Read only to tell events of equal content apart.
  std::set<std::string> hints;
};

/// What a header is read for.
enum class Use : std::uint8_t { proof, type, hint };

Names names_of(const toml::table& scheme) {
  Names names;
  collect_headers(scheme, names.all);
  std::set<std::string> others;
  for (const auto& [key, node] : scheme) {
    if (key != "event" && node.is_table()) {
      collect_headers(*node.as_table(), others);
    }
  }
  for (const std::string_view key : {"signature", "challenge"}) {
    for (const toml::table* table : tables_at(scheme, key)) {
      collect_headers(*table, others);
    }
  }
  for (const toml::table* event : tables_at(scheme, "event")) {
    if (const toml::table* type = table_at(*event, "type")) {
      collect_headers(*type, names.types);
    }
    if (const toml::table* identity = table_at(*event, "identity")) {
      collect_headers(*identity, others);
    }
    for (const toml::table* hint : tables_at(*event, "hint")) {
      collect_headers(*hint, names.hints);
    }
  }
  std::erase_if(names.types, [&](const std::string& name) { return others.contains(name); });
  others.insert(names.types.begin(), names.types.end());
  std::erase_if(names.hints, [&](const std::string& name) { return others.contains(name); });
  return names;
}

Use use_of(const Names& names, const std::string& header) {
  const auto is_header = [&](const std::string& name) { return same_name(name, header); };
  return std::ranges::any_of(names.types, is_header)   ? Use::type
         : std::ranges::any_of(names.hints, is_header) ? Use::hint
                                                       : Use::proof;
}

/// Whether that header is a time as HTTP writes it, which has a comma and a blank in it.
bool is_http_date(const toml::table& scheme, const std::string& name) {
  const toml::table* time = table_at(scheme, "timestamp");
  const toml::table* from = time == nullptr ? nullptr : table_at(*time, "from");
  return from != nullptr && text_at(*time, "unit", "") == "http-date" &&
         same_name(text_at(*from, "header", ""), name);
}

/// Whether a locator in `table` reads that header as a list with a blank behind each comma.
bool reads_blanks(const toml::node& node, const std::string& name) {
  if (const toml::array* list = node.as_array()) {
    return std::ranges::any_of(*list, [&](const toml::node& n) { return reads_blanks(n, name); });
  }
  const toml::table* table = node.as_table();
  return table != nullptr &&
         ((same_name(text_at(*table, "header", ""), name) && table->get("blanks") != nullptr) ||
          std::ranges::any_of(*table,
                              [&](const auto& entry) { return reads_blanks(entry.second, name); }));
}

std::string without_blanks(std::string text) {
  for (std::size_t at = 0; (at = text.find(", ", at)) != std::string::npos;) {
    text.erase(at + 1, 1);
  }
  return text;
}

/// Whether the two are what one header with all items is to such a locator: no host tells them.
bool is_the_list(const std::pair<std::string, std::string>& two, const std::string& whole) {
  const auto folded = harness::fold_headers({{"x", two.first}, {"x", two.second}});
  return without_blanks(folded.front().value) == without_blanks(whole);
}

harness::Outcome deliver(FixtureGate& gate, const Sample& sample) {
  return gate.simulation
      ->deliver({{.delivery = sample.delivery, .token = std::string(16, 'T')}}, sample.at_ms,
                gate.script)
      .front();
}

/// `sample` with the header at `index` as two headers.
Sample with_two(const Sample& sample, std::size_t index,
                std::pair<std::string, std::string> values) {
  Sample changed = sample;
  std::vector<harness::Header>& headers = changed.delivery.headers;
  headers.push_back({headers[index].name, std::move(values.second)});
  headers[index].value = std::move(values.first);
  return changed;
}

void expect_nothing(FixtureGate& gate, const Sample& sample, const std::string& name, Use use) {
  const harness::Outcome outcome = deliver(gate, sample);
  const auto record = nlohmann::json::parse(outcome.record);
  if (use == Use::type && record.value("event_type", "").empty()) {
    return;
  }
  if (use == Use::hint) {
    ASSERT_TRUE(outcome.forwards.empty() || record.value("maybe_duplicate", false))
        << gate.compiled->fixture.file << ": " << name << ": " << outcome.record;
    return;
  }
  ASSERT_TRUE(outcome.forwards.empty() && outcome.ledger_calls == 0)
      << gate.compiled->fixture.file << ": " << name << ": " << outcome.record;
}

class JoinedHeaders : public testing::TestWithParam<std::string> {};

TEST_P(JoinedHeaders, AreReadAsNothing) {
  auto catalogue = harness::embedded_catalogue();
  std::mt19937_64 random(4242);
  std::size_t splits = 0;
  std::size_t headers_read = 0;
  for (const std::string& file :
       harness::select_fixtures(harness::disk_files(), {"fixtures/" + GetParam()}, ".toml").files) {
    FixtureGate gate = gate_of(file, catalogue);
    std::erase_if(gate.samples, [](const Sample& sample) {
      return sample.delivery.body.size() > body_bytes_max;
    });
    gate.samples.resize(std::min(gate.samples.size(), samples_max));
    const Names names = names_of(*gate.scheme);
    for (const Sample& sample : gate.samples) {
      deliver(gate, sample);
      for (std::size_t i = 0; i < sample.delivery.headers.size(); ++i) {
        const harness::Header header = sample.delivery.headers[i];
        const auto is_named = [&](const std::string& name) { return same_name(name, header.name); };
        if (std::ranges::none_of(names.all, is_named)) {
          continue;
        }
        ++headers_read;
        const Use use = use_of(names, header.name);
        const std::string& value = header.value;
        std::vector<std::pair<std::string, std::string>> twos = {
            {value, value}, {value, ""}, {"", value}, {value, "x"}, {"x", value}, {"v2,x", value}};
        // Everywhere in one fixture of eight, at random in the others.
        const bool is_everywhere = random() % 8 == 0;
        for (std::size_t cut = 1; cut < value.size(); ++cut) {
          if (is_everywhere || random() % 16 == 0) {
            twos.emplace_back(value.substr(0, cut), value.substr(cut));
            twos.emplace_back(value.substr(0, cut), value.substr(cut + 1));
          }
        }
        const bool is_list =
            reads_blanks(*gate.scheme, header.name) || is_http_date(*gate.scheme, header.name);
        for (auto& two : twos) {
          if (is_list && is_the_list(two, value)) {
            continue;
          }
          ASSERT_NO_FATAL_FAILURE(
              expect_nothing(gate, with_two(sample, i, std::move(two)), header.name, use));
          ++splits;
        }
      }
    }
  }
  // What proves may stand in the body or the query, and then there is nothing to split.
  EXPECT_GE(splits, headers_read);
}

INSTANTIATE_TEST_SUITE_P(EveryProvider, JoinedHeaders, testing::ValuesIn(fixture_groups()),
                         [](const testing::TestParamInfo<std::string>& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace postern::property
