#include "harness/report/ledger_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

/// Not beyond the year 9999, so that four digits are enough.
constexpr std::uint64_t seconds_max = 253402300799;

std::string time_of(std::uint64_t ms) {
  return to_rfc3339(static_cast<std::int64_t>(std::min(ms / 1000, seconds_max)));
}

constexpr std::array<std::string_view, 11> columns = {
    "source", "key", "state",  "epoch",   "attempts", "maybe duplicate",
    "status", "due", "leased", "expires", "note"};

using Cells = std::array<std::string, columns.size()>;

Cells cells_of(const LedgerLine& line) {
  const ledger::Row& row = line.row;
  const auto at = [](std::uint64_t ms) { return ms == 0 ? std::string("-") : time_of(ms); };
  std::string note = line.note;
  const auto add = [&note](const std::string& text) { note += (note.empty() ? "" : ", ") + text; };
  if (!line.to.empty()) {
    add("for " + line.to);
  }
  if (line.dead.has_value()) {
    add(fmt::format("{} of {} bytes, arrived {}", line.dead->method, line.dead->body_bytes,
                    time_of(line.dead->at_ms)));
  }
  return {line.source,
          line.key,
          std::string(name_of(row.state)),
          std::to_string(row.epoch),
          std::to_string(row.attempts),
          row.maybe_duplicate ? "yes" : "no",
          row.status == 0 ? "-" : std::to_string(row.status),
          at(row.due_ms),
          at(row.lease_until_ms),
          row.expires_ms == 0 ? "never" : time_of(row.expires_ms),
          note};
}

}  // namespace

std::string_view name_of(ledger::State state) {
  switch (state) {
    case ledger::State::absent:
      return "absent";
    case ledger::State::claimed:
      return "claimed";
    case ledger::State::retryable:
      return "retryable";
    case ledger::State::done:
      return "done";
    case ledger::State::accepted:
      return "accepted";
    case ledger::State::delivering:
      return "delivering";
    case ledger::State::dead:
      return "dead";
  }
  return "";
}

std::string ledger_as_table(const std::vector<LedgerLine>& lines) {
  std::vector<Cells> table(1);
  std::ranges::transform(columns, table[0].begin(),
                         [](std::string_view name) { return std::string(name); });
  std::ranges::transform(lines, std::back_inserter(table), cells_of);
  std::array<std::size_t, columns.size()> widths{};
  for (const Cells& cells : table) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], cells[i].size());
    }
  }
  std::string text;
  for (const Cells& cells : table) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += fmt::format("{:{}}  ", cells[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string ledger_as_json(const std::vector<LedgerLine>& lines) {
  Json list = Json::array();
  for (const LedgerLine& line : lines) {
    const ledger::Row& row = line.row;
    const auto at = [](std::uint64_t ms) { return ms == 0 ? Json(nullptr) : Json(time_of(ms)); };
    Json one = {{"source", line.source},
                {"shard", line.shard},
                {"key", line.key},
                {"state", name_of(row.state)},
                {"epoch", std::to_string(row.epoch)},
                {"attempts", row.attempts},
                {"maybe_duplicate", row.maybe_duplicate},
                {"status", row.status == 0 ? Json(nullptr) : Json(row.status)},
                {"first_seen", at(row.first_seen_ms)},
                {"due", at(row.due_ms)},
                {"leased_until", at(row.lease_until_ms)},
                {"expires", at(row.expires_ms)}};
    if (!line.to.empty()) {
      one["to"] = line.to;
    }
    if (line.dead.has_value()) {
      one["arrived"] = time_of(line.dead->at_ms);
      one["method"] = line.dead->method;
      one["body_bytes"] = line.dead->body_bytes;
    }
    if (!line.note.empty()) {
      one["note"] = line.note;
    }
    list.push_back(std::move(one));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace postern::harness
