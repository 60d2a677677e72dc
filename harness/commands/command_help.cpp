#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "harness/commands/command_line.h"

namespace postern::harness {
namespace {

/// Narrower than this, nothing is told apart any more; wider lines than the widest are hard to
/// read.
constexpr std::size_t columns_least = 40;
constexpr std::size_t columns_preset = 80;
constexpr std::size_t columns_most = 100;

/// The left column of a list is as wide as its widest entry, up to this.
constexpr std::size_t entry_columns_most = 26;

struct Entry {
  std::string name;
  std::string what;
};

/// `  name  what`, in two columns; on a narrow terminal, or behind a long name, the text stands
/// below its name.
std::string listed(const std::vector<Entry>& entries, std::size_t columns) {
  std::size_t widest = 0;
  for (const Entry& entry : entries) {
    widest = std::max(widest, entry.name.size());
  }
  const bool is_narrow = columns < 60;
  const std::size_t indent = is_narrow ? 6 : std::min(widest, entry_columns_most) + 4;
  std::string text;
  for (const Entry& entry : entries) {
    text += "  " + entry.name;
    const bool is_below = is_narrow || entry.name.size() + 4 > indent;
    text += is_below ? "\n" + std::string(indent, ' ')
                     : std::string(indent - 2 - entry.name.size(), ' ');
    text += wrapped(entry.what, columns, indent, indent) + "\n";
  }
  return text;
}

std::string name_and_value(const Option& option) {
  std::string name = option.alias.empty() ? option.name : option.alias + ", " + option.name;
  return option.is_flag() ? name : name + " " + option.value;
}

std::string what_of(const Option& option) {
  std::string text = option.what;
  if (option.need == Need::required) {
    text += " (required)";
  } else if (!option.preset.empty()) {
    text += fmt::format(" ({})", option.preset);
  }
  return text;
}

/// A line for the shell that is too long goes on behind a backslash.
std::string broken(std::string_view line, std::size_t columns) {
  std::string text = "  ";
  std::size_t column = 2;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    if (column > 2 && column + word.size() + 3 > columns) {
      text += "\\\n      ";
      column = 6;
    }
    text += word;
    column += word.size();
    line.remove_prefix(std::min(end + 1, line.size()));
    if (!line.empty()) {
      text += ' ';
      ++column;
    }
  }
  return text + "\n";
}

}  // namespace

std::optional<std::size_t> known_columns(int descriptor) {
  std::size_t columns = 0;
  if (const char* text = std::getenv("COLUMNS")) {
    std::from_chars(text, text + std::strlen(text), columns);
  }
  if (winsize size{}; columns == 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    columns = size.ws_col;
  }
  return columns == 0 ? std::nullopt : std::optional(columns);
}

std::size_t terminal_columns(int descriptor) {
  return std::clamp(known_columns(descriptor).value_or(columns_preset), columns_least,
                    columns_most);
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent,
                    std::size_t column) {
  std::string result;
  bool is_first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!is_first && column + 1 + word.size() > columns) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!is_first) {
      result += ' ';
      ++column;
    }
    is_first = false;
    result += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string Command::help(std::size_t columns) const {
  std::string usage = "Usage: postern " + name_;
  std::vector<Entry> words;
  for (const Option& word : words_) {
    const std::string shown = word.repeats ? word.name + "..." : word.name;
    usage += word.need == Need::required ? " " + shown : " [" + shown + "]";
    words.push_back({word.name, what_of(word)});
  }
  std::vector<Entry> options = {{"-h, --help", "This text"}};
  for (const Option& option : options_) {
    if (option.need == Need::required) {
      usage += " " + option.name + " " + option.value;
    }
    options.push_back({name_and_value(option), what_of(option)});
  }
  usage += " [OPTIONS]";
  std::string text = wrapped(usage, columns, 4, 0) + "\n\n";
  text += wrapped(summary_ + ".", columns, 0, 0) + "\n";
  if (!words.empty()) {
    text += "\nWords:\n" + listed(words, columns);
  }
  text += "\nOptions:\n" + listed(options, columns);
  if (!examples_.empty()) {
    text += examples_.size() == 1 ? "\nExample:\n" : "\nExamples:\n";
    for (const std::string& line : examples_) {
      text += broken(line, columns);
    }
  }
  for (const std::string& note : notes_) {
    text += "\n" + wrapped(note, columns, 0, 0) + "\n";
  }
  return text;
}

std::string CommandLine::overview(std::size_t columns) const {
  std::string text = "Usage: postern COMMAND [OPTIONS]\n\n";
  text += wrapped(
              "Postern, a guarded back gate for webhooks: refuses forged deliveries, absorbs "
              "duplicates, forwards the rest.",
              columns, 0, 0) +
          "\n";
  for (const auto& [group, title] :
       {std::pair(Group::everyday, "Everyday"), std::pair(Group::proof, "Proof")}) {
    std::vector<Entry> entries;
    for (const Command& command : commands_) {
      const std::size_t space = command.name().find(' ');
      const std::string head = command.name().substr(0, space);
      if (command.group() != group || (!entries.empty() && entries.back().name == head)) {
        continue;
      }
      entries.push_back({head, space == std::string::npos
                                   ? command.summary()
                                   : "Look into a running gate's ledger, and act on it"});
    }
    text += fmt::format("\n{}:\n{}", title, listed(entries, columns));
  }
  text +=
      "\nOptions:\n" + listed({{"-h, --help", "This text"}, {"--version", "The version"}}, columns);
  return text + "\n" +
         wrapped("`postern help COMMAND` has the options and examples of a command.", columns, 0,
                 0) +
         "\n";
}

std::string CommandLine::actions(const std::string& command, std::size_t columns) const {
  std::vector<Entry> entries;
  for (const Command& one : commands_) {
    if (one.name().starts_with(command + " ")) {
      entries.push_back({one.name(), one.summary()});
    }
  }
  return entries.empty()
             ? ""
             : fmt::format("Usage: postern {} ACTION [OPTIONS]\n\nActions:\n{}\n{}\n", command,
                           listed(entries, columns),
                           wrapped(fmt::format("`postern help {} ACTION` has the rest.", command),
                                   columns, 0, 0));
}

}  // namespace postern::harness
