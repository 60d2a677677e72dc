#include "compiler/shared_scheme.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace postern::compiler {
namespace {

constexpr std::array<std::string_view, 2> taken_keys = {"signature", "id"};
/// What a file may have of its own instead, as a whole.
constexpr std::array<std::string_view, 3> replaceable_keys = {"event", "challenge", "methods"};
constexpr std::array<std::string_view, 2> taken_keys_of_timestamp = {"from", "unit"};

void report_taken(const toml::node& node, std::string_view key, std::string_view slug,
                  Report& report) {
  report.error(node.source(), "two-schemes",
               fmt::format("`{}` comes from `{}`, which `scheme` names", key, slug),
               "leave it out; or leave `scheme` out, and write all of it");
}

void move_value(std::string_view key, toml::table& from, toml::table& to) {
  if (const auto found = from.find(key); found != from.end()) {
    std::move(found->second).visit([&](auto&& value) {
      to.insert_or_assign(found->first, std::forward<decltype(value)>(value));
    });
  }
}

/// The tolerances of `table` go into the timestamp of `base`.
void take_timestamp(toml::table& table, std::string_view slug, toml::table& base, Report& report) {
  toml::node* own = table.get("timestamp");
  if (own != nullptr && own->is_table() && !base.contains("timestamp")) {
    report.error(own->source(), "no-timestamp", fmt::format("`{}` signs no time", slug),
                 "leave [timestamp] out");
    return;
  }
  if (own != nullptr && own->is_table()) {
    toml::table& tolerances = *own->as_table();
    for (const std::string_view key : taken_keys_of_timestamp) {
      if (const toml::node* node = tolerances.get(key); node != nullptr) {
        report_taken(*node, key, slug, report);
        tolerances.erase(key);
      }
    }
    toml::table& timestamp = *base.get("timestamp")->as_table();
    for (auto& [key, node] : tolerances) {
      move_value(key.str(), tolerances, timestamp);
    }
  }
  if (own == nullptr || own->is_table()) {
    move_value("timestamp", base, table);
  }
}

}  // namespace

void take_scheme(toml::table& table, std::string_view slug, toml::table base, Report& report) {
  for (const std::string_view key : taken_keys) {
    if (const toml::node* own = table.get(key); own != nullptr) {
      report_taken(*own, key, slug, report);
    }
    move_value(key, base, table);
  }
  take_timestamp(table, slug, base, report);
  if (!table.contains("challenge") && !table.contains("parameters")) {
    move_value("parameters", base, table);  // What only its challenges ask for.
  }
  for (const std::string_view key : replaceable_keys) {
    if (!table.contains(key)) {
      move_value(key, base, table);
    }
  }
}

}  // namespace postern::compiler
