#include "harness/commands/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "compiler/diagnostics.h"
#include "harness/commands/exit_codes.h"

namespace postern::harness {
namespace {

/// Longest piece of what was typed that a message quotes.
constexpr std::size_t quoted_bytes_max = 60;

/// A word as it was typed: cut where it is long, and without what would speak to the terminal.
std::string as_typed(std::string_view word) {
  std::string text(word.substr(0, quoted_bytes_max));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, '?');
  return fmt::format("`{}{}`", text, word.size() > quoted_bytes_max ? "..." : "");
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-' && !(word[1] >= '0' && word[1] <= '9');
}

bool is_help(std::string_view word) { return word == "--help" || word == "-h"; }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string guess = compiler::nearest(word, known);
  return guess.empty() ? "" : fmt::format(" Did you mean `{}`?", guess);
}

bool has_help(const std::vector<std::string>& words) {
  const auto end = std::ranges::find(words, "--");
  return std::any_of(words.begin(), end, is_help);
}

}  // namespace

std::uint64_t Command::whole_number(const std::string& text, std::int64_t least,
                                    std::uint64_t most) {
  const auto refuse = [&]() -> UsageError {
    const bool is_open =
        most > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return UsageError(is_open ? fmt::format("a whole number from {} on", least)
                              : fmt::format("a whole number from {} to {}", least, most));
  };
  const char* end = text.data() + text.size();
  if (text.starts_with('-')) {
    std::int64_t number = 0;
    const auto [stop, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc() || stop != end || number < least) {
      throw refuse();
    }
    return static_cast<std::uint64_t>(number);
  }
  std::uint64_t number = 0;
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  const bool is_low = least > 0 && number < static_cast<std::uint64_t>(least);
  if (fault != std::errc() || stop != end || is_low || number > most) {
    throw refuse();
  }
  return number;
}

Option& Command::add(std::string name, std::string value, std::string what) {
  const std::size_t comma = name.find(',');
  Option option{.name = name.substr(0, comma),
                .alias = comma == std::string::npos ? "" : name.substr(comma + 1),
                .value = std::move(value),
                .what = std::move(what),
                .preset = "",
                .need = Need::optional,
                .repeats = false,
                .take = {},
                .was_given = false};
  return options_.emplace_back(std::move(option));
}

void Command::flag(std::string name, std::string what, bool& given) {
  add(std::move(name), "", std::move(what)).take = [&given](const std::string&) { given = true; };
}

Option& Command::text(std::string name, std::string value, std::string what, std::string& target) {
  Option& option = add(std::move(name), std::move(value), std::move(what));
  option.preset = target;
  option.take = [&target](const std::string& text) {
    if (text.empty()) {
      throw UsageError("something");
    }
    target = text;
  };
  return option;
}

Option& Command::texts(std::string name, std::string value, std::string what,
                       std::vector<std::string>& target) {
  Option& option = add(std::move(name), std::move(value), std::move(what));
  option.repeats = true;
  option.take = [&target](const std::string& text) { target.push_back(text); };
  return option;
}

Option& Command::choice(std::string name, std::string what, std::vector<std::string> words,
                        const std::function<void(std::size_t)>& chosen) {
  Option& option = add(std::move(name), "WORD", std::move(what));
  option.take = [words = std::move(words), chosen](const std::string& text) {
    const auto found = std::ranges::find(words, text);
    if (found == words.end()) {
      std::string list;
      for (std::size_t i = 0; i < words.size(); ++i) {
        list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
      }
      throw UsageError(list);
    }
    chosen(static_cast<std::size_t>(found - words.begin()));
  };
  return option;
}

void Command::word(std::string name, std::string what, Need need, std::string& target) {
  words_.push_back({.name = std::move(name),
                    .alias = "",
                    .value = "",
                    .what = std::move(what),
                    .preset = "",
                    .need = need,
                    .repeats = false,
                    .take = [&target](const std::string& text) { target = text; },
                    .was_given = false});
}

void Command::words(std::string name, std::string what, std::vector<std::string>& target) {
  words_.push_back({.name = std::move(name),
                    .alias = "",
                    .value = "",
                    .what = std::move(what),
                    .preset = "",
                    .need = Need::optional,
                    .repeats = true,
                    .take = [&target](const std::string& text) { target.push_back(text); },
                    .was_given = false});
}

void Command::needs(std::string option, std::string other) {
  relations_.push_back({std::move(option), std::move(other), true});
}

void Command::excludes(std::string option, std::string other) {
  relations_.push_back({std::move(option), std::move(other), false});
}

Option* Command::find(std::string_view name) {
  const auto found = std::ranges::find_if(options_, [name](const Option& option) {
    return option.name == name || (!option.alias.empty() && option.alias == name);
  });
  return found == options_.end() ? nullptr : &*found;
}

bool Command::was_given(std::string_view option) const {
  return std::ranges::any_of(
      options_, [option](const Option& one) { return one.name == option && one.was_given; });
}

Option& Command::expect(const std::string& name) {
  if (Option* option = find(name)) {
    return *option;
  }
  std::vector<std::string> known = {"--help"};
  for (const Option& option : options_) {
    known.push_back(option.name);
  }
  throw UsageError(fmt::format("`postern {}` has no option {}.{}", name_, as_typed(name),
                               did_you_mean(name, known)));
}

/// `--name value`, `--name=value`, or a flag. A value that looks like an option is one that was
/// forgotten, unless it is joined to its name.
void Command::take_option(const std::string& word, std::size_t& at,
                          const std::vector<std::string>& words) {
  const std::size_t equals = word.find('=');
  Option& option = expect(word.substr(0, equals));
  if (option.was_given && !option.repeats) {
    throw UsageError(fmt::format("{} was given twice.", option.name));
  }
  option.was_given = true;
  if (option.is_flag()) {
    if (equals != std::string::npos) {
      throw UsageError(fmt::format("{} takes no value.", option.name));
    }
    return option.take("");
  }
  std::string value;
  if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (at + 1 < words.size() && !is_option(words[at + 1])) {
    value = words[++at];
  } else {
    const bool has_next = at + 1 < words.size();
    throw UsageError(
        fmt::format("{} wants {} behind it{}.", option.name, option.value,
                    has_next ? fmt::format(", not {} (if that is it: {})", as_typed(words[at + 1]),
                                           as_typed(option.name + "=" + words[at + 1]))
                             : ""));
  }
  try {
    option.take(value);
  } catch (const UsageError& wanted) {
    throw UsageError(
        fmt::format("{} takes {}, not {}.", option.name, wanted.what(), as_typed(value)));
  }
}

void Command::take_word(const std::string& word, std::size_t& place) {
  if (place >= words_.size()) {
    throw UsageError(
        words_.empty()
            ? fmt::format("`postern {}` takes no word such as {}.", name_, as_typed(word))
            : fmt::format("{} is one word too many for `postern {}`.", as_typed(word), name_));
  }
  Option& target = words_[place];
  target.was_given = true;
  target.take(word);
  place += target.repeats ? 0 : 1;
}

void Command::check_relations() const {
  for (const auto& [option, other, is_need] : relations_) {
    if (!was_given(option) || was_given(other) == is_need) {
      continue;
    }
    throw UsageError(is_need ? fmt::format("{} does nothing without {}.", option, other)
                             : fmt::format("{} and {} exclude each other.", option, other));
  }
}

void Command::parse(const std::vector<std::string>& words) {
  std::size_t place = 0;
  bool has_ended = false;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!has_ended && words[at] == "--") {
      has_ended = true;
    } else if (!has_ended && is_option(words[at])) {
      take_option(words[at], at, words);
    } else {
      take_word(words[at], place);
    }
  }
  for (const Option& word : words_) {
    if (word.need == Need::required && !word.was_given) {
      throw UsageError(fmt::format("`postern {}` wants {}: {}.", name_, word.name, word.what));
    }
  }
  check_relations();
  for (const Option& option : options_) {
    if (option.need == Need::required && !option.was_given) {
      throw UsageError(fmt::format("`postern {}` wants {} {}: {}.", name_, option.name,
                                   option.value, option.what));
    }
  }
}

Command& CommandLine::add(std::string name, Group group, std::string summary) {
  return commands_.emplace_back(std::move(name), group, std::move(summary));
}

/// By one word, or by two for an action; `used` says how many.
Command* CommandLine::find(const std::vector<std::string>& words, std::size_t& used) {
  for (used = std::min<std::size_t>(2, words.size()); used > 0; --used) {
    const std::string name = used == 2 ? words[0] + " " + words[1] : words[0];
    const auto found = std::ranges::find(commands_, name, &Command::name);
    if (found != commands_.end()) {
      return &*found;
    }
  }
  return nullptr;
}

/// Help that is asked for, in any of its spellings; nothing when it is not.
std::optional<std::string> CommandLine::help_for(const std::vector<std::string>& words) {
  const std::size_t columns = terminal_columns(STDOUT_FILENO);
  std::vector<std::string> topic = words;
  if (words.front() == "help") {
    topic.erase(topic.begin());
  } else if (!has_help(words)) {
    return std::nullopt;
  }
  std::erase_if(topic, is_help);
  const bool is_asked_first = words.front() == "help";
  if (topic.empty() || (is_asked_first && topic == std::vector<std::string>{"help"})) {
    return overview(columns);
  }
  std::size_t used = 0;
  if (const Command* command = find(topic, used)) {
    if (is_asked_first && used < topic.size()) {
      throw UsageError(fmt::format("{} is one word too many for `postern help {}`.",
                                   as_typed(topic[used]), command->name()));
    }
    return command->help(columns);
  }
  const std::string of_actions = actions(topic.front(), columns);
  const bool is_misspelt = topic.size() > 1 && is_asked_first;
  return of_actions.empty() || is_misspelt ? std::nullopt : std::optional(of_actions);
}

/// Says what is wrong with words that mean no command.
void CommandLine::refuse(const std::vector<std::string>& words) const {
  const std::string& first = words.front();
  std::vector<std::string> firsts = {"help"};
  std::vector<std::string> seconds;
  for (const Command& command : commands_) {
    const std::size_t space = command.name().find(' ');
    const std::string head = command.name().substr(0, space);
    if (firsts.back() != head) {
      firsts.push_back(head);
    }
    if (space != std::string::npos && head == first) {
      seconds.push_back(command.name().substr(space + 1));
    }
  }
  if (is_option(first)) {
    throw UsageError(
        fmt::format("`postern` has no option {} before its command.", as_typed(first)));
  }
  if (seconds.empty()) {
    throw UsageError(
        fmt::format("There is no command {}.{}", as_typed(first), did_you_mean(first, firsts)));
  }
  std::string list;
  for (const std::string& action : seconds) {
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", action);
  }
  throw UsageError(words.size() > 1 && !is_option(words[1])
                       ? fmt::format("There is no action {} of `postern {}`. It has {}.",
                                     as_typed(words[1]), first, list)
                       : fmt::format("`postern {}` wants one of its actions: {}.", first, list));
}

int CommandLine::run(const std::vector<std::string>& words) {
  if (words.empty()) {
    fmt::print(stderr, "{}", overview(terminal_columns(STDERR_FILENO)));
    return exit_usage;
  }
  try {
    if (words.size() == 1 && words.front() == "--version") {
      fmt::print("postern {}\n", POSTERN_VERSION);
      return exit_ok;
    }
    if (const auto help = help_for(words)) {
      fmt::print("{}", *help);
      return exit_ok;
    }
    std::vector<std::string> meant = words;
    if (words.front() == "help") {
      meant.erase(meant.begin());
    }
    std::size_t used = 0;
    Command* command = find(meant, used);
    if (command == nullptr) {
      refuse(meant);
    }
    command->parse({meant.begin() + static_cast<std::ptrdiff_t>(used), meant.end()});
    return command->act();
  } catch (const UsageError& fault) {
    fmt::print(stderr, "{}\nRun with --help for more information.\n", fault.what());
    return exit_usage;
  }
}

}  // namespace postern::harness
