#pragma once

#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What is typed behind `postern`: commands, options, words. Declared as data, so that every command
// reads, refuses and explains in one way.

namespace postern::harness {

/// What was typed cannot be done; the message says why, to whoever typed it.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a command stands in the help.
enum class Group : std::uint8_t {
  everyday,  // What is used to write, try and run a policy.
  proof,     // What shows that the gate keeps its promises.
};

enum class Need : std::uint8_t { optional, required };

/// One option or positional word. An option takes the one word behind it, or none: what follows is
/// never swallowed.
struct Option {
  std::string name;   // `--env`; of a positional, as the help calls it: `FILE`.
  std::string alias;  // `-o`, or empty.
  std::string value;  // What its value is called in the help; empty for a flag.
  std::string what;
  std::string preset;  // Shown as what holds when it is not given.
  Need need = Need::optional;
  bool repeats = false;
  /// Reads the value; throws `UsageError` with what it should be, such as `a port`.
  std::function<void(const std::string&)> take;
  bool was_given = false;

  [[nodiscard]] bool is_flag() const { return value.empty(); }
};

/// A command, or an action of one (`ledger dead`): what it takes, and how it is explained. Targets
/// are borrowed and have to live until it has run.
class Command {
 public:
  Command(std::string name, Group group, std::string summary)
      : name_(std::move(name)), summary_(std::move(summary)), group_(group) {}

  void flag(std::string name, std::string what, bool& given);
  Option& text(std::string name, std::string value, std::string what, std::string& target);
  /// May be given again; every time with one value.
  Option& texts(std::string name, std::string value, std::string what,
                std::vector<std::string>& target);
  /// One of `words`; `target` gets the word's number.
  Option& choice(std::string name, std::string what, std::vector<std::string> words,
                 const std::function<void(std::size_t)>& chosen);

  template <std::integral Number>
  Option& number(std::string name, std::string what, Number& target,
                 Number least = std::numeric_limits<Number>::min(),
                 Number most = std::numeric_limits<Number>::max()) {
    Option& option = add(std::move(name), "N", std::move(what));
    option.preset = std::to_string(target);
    option.take = [&target, least, most](const std::string& text) {
      target = static_cast<Number>(
          whole_number(text, static_cast<std::int64_t>(least), static_cast<std::uint64_t>(most)));
    };
    return option;
  }

  void word(std::string name, std::string what, Need need, std::string& target);
  void words(std::string name, std::string what, std::vector<std::string>& target);

  /// `option` does nothing without `other`, so it is refused without.
  void needs(std::string option, std::string other);
  /// Of two that exclude each other, one would be ignored.
  void excludes(std::string option, std::string other);

  /// Prose of the help, a paragraph each; wrapped to the terminal.
  void note(std::string text) { notes_.push_back(std::move(text)); }
  /// A line for the shell, that works as it stands.
  void example(std::string line) { examples_.push_back(std::move(line)); }

  /// `run` does it and gives the exit code; it may throw `UsageError`.
  void run(std::function<int()> action) { action_ = std::move(action); }

  /// Reads `words` into the targets. Throws `UsageError`.
  void parse(const std::vector<std::string>& words);
  [[nodiscard]] int act() const { return action_(); }

  [[nodiscard]] bool was_given(std::string_view option) const;
  /// `help` wraps at `columns`.
  [[nodiscard]] std::string help(std::size_t columns) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& summary() const { return summary_; }
  [[nodiscard]] Group group() const { return group_; }

 private:
  struct Relation {
    std::string option;
    std::string other;
    bool needs = false;
  };

  /// Throws `UsageError` for a text that is no number from `least` to `most`.
  [[nodiscard]] static std::uint64_t whole_number(const std::string& text, std::int64_t least,
                                                  std::uint64_t most);

  Option& add(std::string name, std::string value, std::string what);
  [[nodiscard]] Option* find(std::string_view name);
  [[nodiscard]] Option& expect(const std::string& name);
  void take_option(const std::string& word, std::size_t& at, const std::vector<std::string>& words);
  void take_word(const std::string& word, std::size_t& place);
  void check_relations() const;

  std::string name_;
  std::string summary_;
  Group group_;
  std::deque<Option> options_;
  std::deque<Option> words_;
  std::vector<Relation> relations_;
  std::vector<std::string> notes_;
  std::vector<std::string> examples_;
  std::function<int()> action_;
};

/// All commands, and what is typed.
class CommandLine {
 public:
  /// The reference lasts as long as the line.
  Command& add(std::string name, Group group, std::string summary);

  /// `run` finds the command that `words` mean and runs it, or prints what was asked for or typed
  /// wrongly. Gives the exit code.
  [[nodiscard]] int run(const std::vector<std::string>& words);

 private:
  [[nodiscard]] Command* find(const std::vector<std::string>& words, std::size_t& used);
  [[nodiscard]] std::string overview(std::size_t columns) const;
  [[nodiscard]] std::string actions(const std::string& command, std::size_t columns) const;
  [[nodiscard]] std::optional<std::string> help_for(const std::vector<std::string>& words);
  [[noreturn]] void refuse(const std::vector<std::string>& words) const;

  std::deque<Command> commands_;
};

/// `known_columns` is how wide the terminal at `descriptor` is, or `COLUMNS` says; nothing for a
/// file or a pipe.
[[nodiscard]] std::optional<std::size_t> known_columns(int descriptor);

/// `terminal_columns` is the width for prose there: from 40 to 100, 80 where nothing is known.
[[nodiscard]] std::size_t terminal_columns(int descriptor);

/// `wrapped` breaks `text` at spaces, `indent` before every line but the first, which begins at
/// `column`. A word that is too long stands on a line of its own.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent,
                                  std::size_t column);

}  // namespace postern::harness
