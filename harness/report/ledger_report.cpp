#include "harness/report/ledger_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

/// Not beyond the year 9999, so that four digits are enough.
constexpr std::uint64_t seconds_max = 253402300799;

std::string time_of(std::uint64_t ms) {
  return to_rfc3339(static_cast<std::int64_t>(std::min(ms / 1000, seconds_max)));
}

using Cells = std::vector<std::string>;

/// The lines of a table, its cells below each other, each line behind `indent`.
std::string aligned(const std::vector<Cells>& table, std::string_view indent) {
  std::vector<std::size_t> widths(table.front().size());
  for (const Cells& cells : table) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], cells[i].size());
    }
  }
  std::string text;
  for (const Cells& cells : table) {
    std::string line(indent);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += fmt::format("{:{}}  ", cells[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// How many digits of a key the table shows.
std::size_t key_digits(const std::vector<LedgerLine>& lines, KeyForm form) {
  std::vector<std::string_view> keys;
  std::ranges::transform(lines, std::back_inserter(keys), &LedgerLine::key);
  std::ranges::sort(keys);
  std::size_t digits = form == KeyForm::brief ? brief_key_digits : std::string::npos;
  for (std::size_t i = 1; i < keys.size() && form == KeyForm::brief; ++i) {
    const auto differ = std::ranges::mismatch(keys[i - 1], keys[i]).in1;
    digits = std::max(digits, static_cast<std::size_t>(differ - keys[i - 1].begin()) + 1);
  }
  return digits;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string status_of(const ledger::Row& row) {
  return row.status == 0 ? "-" : std::to_string(row.status);
}

std::string_view mark_of(const ledger::Row& row) { return row.maybe_duplicate ? "yes" : "no"; }

Cells list_cells(const LedgerLine& line, std::size_t digits, KeyForm form) {
  const bool is_dead = line.row.state == ledger::State::dead;
  Cells cells = {line.key.substr(0, digits),
                 time_of(is_dead ? line.delivery->at_ms : line.row.due_ms),
                 or_dash(line.delivery->event_type),
                 std::to_string(line.row.attempts),
                 status_of(line.row),
                 std::string(mark_of(line.row))};
  if (form == KeyForm::whole) {
    cells.push_back(fmt::format("{} {} bytes", line.delivery->method, line.delivery->body_bytes));
  }
  return cells;
}

/// Those of one source and destination together, in the order in which they first come.
std::vector<std::vector<const LedgerLine*>> grouped(const std::vector<LedgerLine>& lines) {
  std::vector<std::vector<const LedgerLine*>> groups;
  for (const LedgerLine& line : lines) {
    const auto found = std::ranges::find_if(groups, [&line](const auto& group) {
      return group.front()->source == line.source && group.front()->to == line.to;
    });
    if (found == groups.end()) {
      groups.push_back({&line});
    } else {
      found->push_back(&line);
    }
  }
  return groups;
}

/// The source's name, where it goes, and how many there are.
std::string heading_of(const LedgerLine& line, std::size_t count) {
  const bool is_dead = line.row.state == ledger::State::dead;
  const std::string_view what = !is_dead ? "owed" : count == 1 ? "dead letter" : "dead letters";
  return fmt::format("{}{}: {} {}\n", line.source, line.to.empty() ? "" : " to " + line.to, count,
                     what);
}

std::string_view status_label(ledger::State state) {
  return state == ledger::State::done ? "status" : "last status";
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

std::string ledger_as_blocks(const std::vector<LedgerLine>& lines) {
  std::string text;
  for (const LedgerLine& line : lines) {
    const ledger::Row& row = line.row;
    const bool is_dropped = row.state == ledger::State::done && row.status == 0;
    text += fmt::format("{}{}: {}{}\n", text.empty() ? "" : "\n", line.shard, name_of(row.state),
                        is_dropped ? ", dropped by an operator" : "");
    const auto add = [&text](std::string_view label, std::string_view value) {
      text += fmt::format("  {:<17}{}\n", label, value);
    };
    const auto add_time = [&add](std::string_view label, std::uint64_t ms) {
      if (ms != 0) {
        add(label, time_of(ms));
      }
    };
    add("key", line.key);
    if (!line.to.empty()) {
      add("to", line.to);
    }
    add("attempts", std::to_string(row.attempts));
    if (row.status != 0) {
      add(status_label(row.state), std::to_string(row.status));
    }
    add("maybe seen", mark_of(row));
    add("epoch", std::to_string(row.epoch));
    add_time("first seen", row.first_seen_ms);
    add_time("due", row.due_ms);
    add_time("leased until", row.lease_until_ms);
    add("expires", row.expires_ms == 0 ? "never" : time_of(row.expires_ms));
  }
  return text;
}

std::string list_as_tables(const std::vector<LedgerLine>& lines, KeyForm form) {
  const std::size_t digits = key_digits(lines, form);
  std::string text;
  for (const std::vector<const LedgerLine*>& group : grouped(lines)) {
    const bool is_dead = group.front()->row.state == ledger::State::dead;
    std::vector<Cells> table = {
        {"key", is_dead ? "arrived" : "due", "event", "attempts", "status", "maybe seen"}};
    if (form == KeyForm::whole) {
      table.front().emplace_back("delivery");
    }
    for (const LedgerLine* line : group) {
      table.push_back(list_cells(*line, digits, form));
    }
    text += (text.empty() ? "" : "\n") + heading_of(*group.front(), group.size()) +
            aligned(table, "  ");
  }
  return text;
}

std::string changes_as_table(const std::vector<LedgerLine>& lines, KeyForm form) {
  const std::size_t digits = key_digits(lines, form);
  std::vector<Cells> table = {{"key", "source", "state", "what was done"}};
  for (const LedgerLine& line : lines) {
    table.push_back({line.key.substr(0, digits), line.source, std::string(name_of(line.row.state)),
                     line.note + (line.to.empty() ? "" : ", for " + line.to)});
  }
  return aligned(table, "");
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
    if (line.delivery.has_value()) {
      const bool is_told = !line.delivery->event_key.empty();
      one["event_key"] = is_told ? Json(to_hex(line.delivery->event_key)) : Json(nullptr);
      one["event_type"] = is_told ? Json(line.delivery->event_type) : Json(nullptr);
      one["arrived"] = time_of(line.delivery->at_ms);
      one["method"] = line.delivery->method;
      one["body_bytes"] = line.delivery->body_bytes;
    }
    if (!line.note.empty()) {
      one["note"] = line.note;
    }
    list.push_back(std::move(one));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace postern::harness
