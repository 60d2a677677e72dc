#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "postern/ledger/ledger.h"

// Reads the table of docs/DUPLICATES.md and holds `apply` to it: every combination of row,
// operation, epoch and mark must be told by one line, and happen as it says.

namespace postern::ledger {
namespace {

constexpr Owner ana{std::byte{0xa1}};
constexpr Owner ben{std::byte{0xb2}};
constexpr Hint first_hint{std::byte{0xf1}};
constexpr Hint other_hint{std::byte{0xf2}};
constexpr std::uint64_t now_ms = 50'000;
constexpr std::uint64_t row_epoch = 7;

struct Line {
  std::string row, operation, epoch, row_after, answer, its_epoch, mark_after, keep;
};

/// One concrete situation, with the words that a line may use for it.
struct Case {
  std::vector<std::string> row_words;
  std::string operation_word;
  std::string epoch_word;
  Row row;
  Operation operation;
};

std::string trimmed(std::string text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t end = 0; end != std::string::npos; start = end + 1) {
    end = text.find(separator, start);
    parts.push_back(trimmed(text.substr(start, end - start)));
  }
  return parts;
}

/// The lines of the eight-column tables of the document.
std::vector<Line> read_table() {
  std::ifstream document("docs/DUPLICATES.md");
  std::vector<Line> lines;
  for (std::string text; std::getline(document, text);) {
    const std::vector<std::string> cells = split(text, '|');
    if (cells.size() == 10 && cells[1] != "Row" && !cells[1].starts_with("---")) {
      lines.push_back(
          {cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8]});
    }
  }
  return lines;
}

/// In the order of `State`.
constexpr std::array states = {"absent",   "claimed",    "retryable", "done",
                               "accepted", "delivering", "dead"};

bool is_state(std::string_view word) { return std::ranges::find(states, word) != states.end(); }

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
  return std::ranges::find(words, word) != words.end();
}

/// A cell lists states, of which one must be the row's, and conditions, which must all hold.
bool tells_row(const std::string& cell, const std::vector<std::string>& row_words) {
  bool names_state = false;
  for (const std::string& word : split(cell, ',')) {
    if (is_state(word)) {
      names_state = names_state || is_one_of(word, row_words);
    } else if (!is_one_of(word, row_words)) {
      return false;
    }
  }
  return names_state;
}

/// `fail or bury, known outcome` stands for two operations.
bool tells_operation(const std::string& cell, const std::string& operation_word) {
  const std::size_t split_at = cell.find(" or ");
  if (split_at == std::string::npos) {
    return operation_word.starts_with(cell);
  }
  const std::string second = cell.substr(split_at + 4);
  const std::size_t verb_end = std::min(second.find(','), second.size());
  const std::string first = cell.substr(0, split_at) + second.substr(verb_end);
  return operation_word.starts_with(first) || operation_word.starts_with(second);
}

bool tells(const Line& line, const Case& one) {
  const bool same_operation = tells_operation(line.operation, one.operation_word);
  const bool same_epoch =
      line.epoch == one.epoch_word || (line.epoch == "any" && one.epoch_word != "–");
  return tells_row(line.row, one.row_words) && same_operation && same_epoch;
}

std::string name_of(State state) { return states[static_cast<std::size_t>(state)]; }

std::string name_of(Answer answer) {
  return std::array{"",        "granted",  "busy",      "duplicate", "done",
                    "ignored", "accepted", "elsewhere", "limited"}[static_cast<std::size_t>(
      answer)];
}

std::string name_of(Keep keep) {
  return std::array{"unchanged", "in memory", "durable"}[static_cast<std::size_t>(keep)];
}

struct Situation {
  std::vector<std::string> words;
  Row row;
};

std::vector<Situation> situations() {
  const Row claimed{.state = State::claimed, .epoch = row_epoch, .owner = ana};
  std::vector<Situation> all = {
      {{"absent", "unmarked"}, Row{}},
      {{"retryable"}, {.state = State::retryable, .epoch = row_epoch}},
      {{"claimed", "own lease"}, claimed},
      {{"claimed", "another's lease"}, claimed},
      {{"claimed", "lease over"}, claimed},
      {{"done"}, {.state = State::done, .epoch = row_epoch, .expires_ms = 90'000, .status = 200}},
      {{"accepted", "due"}, {.state = State::accepted, .epoch = row_epoch, .due_ms = now_ms}},
      {{"accepted", "not due"},
       {.state = State::accepted, .epoch = row_epoch, .due_ms = now_ms + 1}},
      {{"delivering", "own lease"}, claimed},
      {{"delivering", "another's lease"}, claimed},
      {{"delivering", "lease over"}, claimed},
      {{"dead"}, {.state = State::dead, .epoch = row_epoch, .status = 503}},
  };
  all[2].row.lease_until_ms = now_ms + 1;
  all[3].row.lease_until_ms = now_ms + 1;
  all[3].row.owner = ben;
  all[4].row.lease_until_ms = now_ms;
  for (std::size_t i = 2; i <= 4; ++i) {
    all[i + 6].row = all[i].row;
    all[i + 6].row.state = State::delivering;
  }
  std::vector<Situation> marked_or_not = {all[0]};
  for (std::size_t i = 1; i < all.size(); ++i) {
    for (const bool is_marked : {false, true}) {
      Situation situation = all[i];
      situation.words.emplace_back(is_marked ? "marked" : "unmarked");
      situation.row.maybe_duplicate = is_marked;
      marked_or_not.push_back(situation);
    }
  }
  return marked_or_not;
}

/// What comes under another hint than the row's: two verbs with copies left, with none left, and
/// where there may be none; and what four verbs tell.
void add_copies(const Situation& situation, std::vector<Case>& cases) {
  const auto add = [&](std::string name, const std::string& epoch_word, Operation operation) {
    operation.hint = other_hint;
    cases.push_back(
        {situation.words, std::move(name), epoch_word, situation.row, std::move(operation)});
    Row& row = cases.back().row;
    if (row.state != State::absent) {
      row.hint = first_hint;
      row.copies = 2;
      row.copies_since_ms = now_ms - copies_window_ms + 1;
      row.copies_until_ms = 2 * now_ms;
    }
  };
  for (const auto& [verb, word] :
       {std::pair(Verb::claim, "claim"), std::pair(Verb::accept, "accept")}) {
    Operation operation{.verb = verb, .owner = ana, .lease_ms = 13'000, .copies_max = 3};
    operation.retain_ms = 3 * now_ms;
    add(std::string("copy's ") + word, "–", operation);
    operation.retain_ms = now_ms;
    add(std::string("later copy's ") + word, "–", operation);
    operation.copies_max = 2;
    add(std::string("surplus copy's ") + word, "–", operation);
    operation.copies_max = 0;
    add(std::string("barred copy's ") + word, "–", operation);
  }
  for (const std::uint64_t epoch : {row_epoch, row_epoch - 1}) {
    const std::string epoch_word = epoch == row_epoch ? "current" : "other";
    Operation operation{.verb = Verb::commit, .retain_ms = 1000, .epoch = epoch, .status = 200};
    add("copy's commit", epoch_word, operation);
    for (const auto& [verb, word] :
         {std::pair(Verb::release, "copy's release"), std::pair(Verb::fail, "copy's fail"),
          std::pair(Verb::bury, "copy's bury")}) {
      operation.verb = verb;
      operation.outcome = Outcome::known;
      add(std::string(word) + ", known outcome", epoch_word, operation);
      operation.outcome = Outcome::unknown;
      add(std::string(word) + ", unknown outcome", epoch_word, operation);
    }
  }
}

/// 23 situations times 21 operations, and 22 situations times 22 of copies.
std::vector<Case> every_case() {
  const Operation claim{.verb = Verb::claim, .owner = ana, .lease_ms = 13'000};
  std::vector<Case> cases;
  for (const Situation& situation : situations()) {
    const auto& [words, row] = situation;
    if (row.state != State::absent) {
      add_copies(situation, cases);
    }
    cases.push_back({words, "claim", "–", row, claim});
    Operation without_epoch = claim;
    without_epoch.verb = Verb::take;
    cases.push_back({words, "take", "–", row, without_epoch});
    without_epoch = {.verb = Verb::accept};
    cases.push_back({words, "accept", "–", row, without_epoch});
    without_epoch = {.verb = Verb::reopen, .retain_ms = 1000};
    cases.push_back({words, "reopen", "–", row, without_epoch});
    without_epoch.verb = Verb::drop;
    cases.push_back({words, "drop", "–", row, without_epoch});
    without_epoch.verb = Verb::redrive;
    cases.push_back({words, "redrive", "–", row, without_epoch});
    cases.push_back({words, "give up", "–", row, {.verb = Verb::give_up}});
    for (const std::uint64_t epoch : {row_epoch, row_epoch - 1}) {
      const std::string epoch_word = epoch == row_epoch ? "current" : "other";
      Operation operation{.verb = Verb::commit, .retain_ms = 1000, .epoch = epoch, .status = 200};
      cases.push_back({words, "commit", epoch_word, row, operation});
      for (const auto& [verb, word] :
           {std::pair(Verb::release, "release"), std::pair(Verb::fail, "fail"),
            std::pair(Verb::bury, "bury")}) {
        operation.verb = verb;
        operation.outcome = Outcome::known;
        const std::string name = word;
        cases.push_back({words, name + ", known outcome", epoch_word, row, operation});
        operation.outcome = Outcome::unknown;
        cases.push_back({words, name + ", unknown outcome", epoch_word, row, operation});
      }
    }
  }
  return cases;
}

std::string describe(const Case& one) {
  std::string text;
  for (const std::string& word : one.row_words) {
    text += word + ", ";
  }
  return text + one.operation_word + ", epoch " + one.epoch_word;
}

void expect_as_told(const Line& line, const Case& one) {
  SCOPED_TRACE(describe(one));
  const Transition transition = apply(one.row, one.operation, {.now_ms = now_ms, .started_ms = 0});
  const State after_same = one.row.state;
  EXPECT_EQ(name_of(transition.row.state),
            line.row_after == "same" ? name_of(after_same) : line.row_after);
  EXPECT_EQ(name_of(transition.reply.answer), line.answer);
  EXPECT_EQ(name_of(transition.keep), line.keep);
  const bool is_marked = line.mark_after == "set" || one.row.maybe_duplicate;
  EXPECT_EQ(transition.row.maybe_duplicate, is_marked);
  if (one.row.state != State::absent) {
    EXPECT_EQ(transition.row.epoch, line.its_epoch == "rises" ? row_epoch + 1 : row_epoch);
  }
  if (line.answer == "granted") {
    EXPECT_EQ(transition.reply.epoch, transition.row.epoch);
    EXPECT_EQ(transition.reply.maybe_duplicate, is_marked);
  }
}

TEST(LedgerTable, IsWhatTheLedgerDoes) {
  const std::vector<Line> lines = read_table();
  const std::vector<Case> cases = every_case();
  ASSERT_GE(lines.size(), 50U) << "run from the repository's root";
  ASSERT_EQ(cases.size(), 23U * 21U + 22U * 22U);
  std::vector<std::size_t> uses(lines.size());
  for (const Case& one : cases) {
    std::size_t told = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (tells(lines[i], one)) {
        ++told;
        ++uses[i];
        expect_as_told(lines[i], one);
      }
    }
    EXPECT_EQ(told, 1U) << describe(one);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_GT(uses[i], 0U) << "no case is told by line " << i + 1;
  }
}

TEST(LedgerTable, CountsARowPastItsRetentionAsAbsent) {
  for (const Case& one : every_case()) {
    if (one.row.state != State::done && one.row.state != State::retryable) {
      continue;
    }
    SCOPED_TRACE(describe(one));
    Row expired = one.row;
    expired.expires_ms = now_ms;
    const Clock clock{.now_ms = now_ms, .started_ms = 0};
    const Transition as_expired = apply(expired, one.operation, clock);
    const Transition as_absent = apply(Row{}, one.operation, clock);
    EXPECT_EQ(as_expired.keep, as_absent.keep);
    EXPECT_EQ(as_expired.reply.answer, as_absent.reply.answer);
    EXPECT_EQ(as_expired.reply.maybe_duplicate, as_absent.reply.maybe_duplicate);
    if (as_expired.keep != Keep::unchanged) {
      Row row = as_expired.row;
      EXPECT_GE(row.epoch, row_epoch);
      row.epoch = as_absent.row.epoch;
      EXPECT_EQ(row, as_absent.row);
    }
  }
}

}  // namespace
}  // namespace postern::ledger
