#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/simulate/check.h"
#include "harness/simulate/said.h"

// One content under several hints, as docs/DUPLICATES.md has it: which of its events its row is
// for, how many copies are let in beside it, and what an origin is told of them.

namespace postern::harness::simulate {
namespace {

/// What a source that lets no copy in answers.
constexpr std::uint64_t refused_copy = 409;

/// docs/DUPLICATES.md: at most 60 copies of one content within a minute.
constexpr std::uint64_t copies_max = 60;
constexpr std::uint64_t window_ms = 60'000;

/// Events of a content, by their hints, and behind them that there is no row.
using Owners = std::uint32_t;
constexpr Owners no_row = Owners{1} << hints_count;
constexpr Owners anybody = no_row - 1;
Owners only(std::uint16_t hint) { return Owners{1} << hint; }

/// A content's own row.
struct Content {
  /// Whose it may be: after a restart, or when it may be forgotten, nobody can tell.
  Owners owners = no_row;
  bool is_on_disk = false;
  bool is_owed = false;
  std::uint64_t forgets_at_ms = for_ever;  // Not before that.
  std::vector<std::uint64_t> copies_at_ms;
  /// As its own row counts them, as long as no restart has made it forget some.
  std::uint64_t counted = 0;
  std::uint64_t counts_from_ms = 0;
  bool is_counting = true;
};

class CopyBook {
 public:
  CopyBook(const Known& known, std::vector<Violation>& violations)
      : known_(known),
        violations_(violations),
        refused_(known.log.deliveries.size()),
        said_(known.log.deliveries.size()) {}

  void hear(const LogEntry& entry) {
    switch (entry.what) {
      case Happening::applied:
        apply(entry);
        last_ = entry;
        return;
      case Happening::administered:
        return administer(entry);
      case Happening::store_restarted:
        return entry.detail == 0 ? void() : restart();
      case Happening::forwarded:
        return (entry.detail & only_observed) == 0 ? forward(entry) : void();
      case Happening::origin_answered:
        said_[entry.delivery] = entry.a;
        return;
      case Happening::answered:
        return answer(entry);
      default:
        return;
    }
  }

 private:
  void apply(const LogEntry& entry) {
    const bool stands_elsewhere = entry.a == said::elsewhere || entry.a == said::limited;
    const SourceFacts& source = source_of(entry);
    if (stands_elsewhere && (source.same_content.empty() || entry.content != nobody)) {
      return accuse("an event without another of its content stands elsewhere", entry);
    }
    if (source.same_content.empty()) {
      return;
    }
    if (entry.content != nobody) {
      if (source.same_content == "refuse") {
        accuse("a copy has a row although its source lets none in", entry);
      }
      return;
    }
    Content& content = content_at(entry);
    const Owners mine = only(hint_of(fact_of(entry).event));
    switch (verb_of(entry.detail)) {
      case Verb::claim:
      case Verb::accept:
        return stands_elsewhere ? let_in(entry, content, mine) : ask(entry, content, mine);
      case Verb::take:  // By a run, which no hint tells apart from another.
        return;
      case Verb::commit:
        return commit(entry, content, mine);
      case Verb::release:
      case Verb::fail:
        return release(entry, content, mine);
    }
  }

  /// What is known of the row at the entry's time.
  Content& content_at(const LogEntry& entry) {
    contents_.resize(std::max(contents_.size(), entry.key + std::size_t{1}));
    Content& content = contents_[entry.key];
    if (!content.is_owed && entry.b >= content.forgets_at_ms) {
      content.owners |= no_row;
    }
    return content;
  }

  /// The row belongs to one of `owners`, as its answer shows.
  void learn(Content& content, Owners owners) {
    // Who has it now may have it anew.
    if ((content.owners & no_row) != 0 && (owners & no_row) != 0) {
      content.is_on_disk = content.is_owed = false;
      content.counted = 0;
      content.forgets_at_ms = for_ever;
    }
    content.owners &= owners;
  }

  void ask(const LogEntry& entry, Content& content, Owners mine) {
    if ((content.owners & (mine | no_row)) == 0) {
      accuse("the store takes an event for the first of its content, which another was", entry);
    }
    learn(content, mine | no_row);
    content.owners = mine;
    if (entry.a == said::accepted) {
      content.is_owed = content.is_on_disk = true;
    } else if (entry.a == said::granted) {
      remember(entry, content);
    }
  }

  void let_in(const LogEntry& entry, Content& content, Owners mine) {
    if ((content.owners & anybody & ~mine) == 0) {
      accuse("the store takes an event for a copy, but there is no other of its content", entry);
    }
    learn(content, anybody & ~mine);
    if (source_of(entry).same_content == "refuse") {
      refused_[entry.delivery] = true;
      return;
    }
    const bool is_new = content.counted == 0 || entry.b >= content.counts_from_ms + window_ms;
    if (entry.a == said::limited) {
      check_limited(entry, content);
      return;
    }
    if (is_new) {
      content.is_counting = content.is_counting || content.copies_at_ms.empty() ||
                            entry.b >= content.copies_at_ms.back() + window_ms;
      content.counts_from_ms = entry.b;
      content.counted = 0;
    }
    if (++content.counted > copies_max && content.is_counting && !is_further(entry)) {
      accuse("more copies of a content are let in than a minute has room for", entry);
    }
    content.copies_at_ms.push_back(entry.b);
    content.is_on_disk = true;
    remember(entry, content);
  }

  void check_limited(const LogEntry& entry, const Content& content) {
    const auto is_recent = [&](std::uint64_t at_ms) { return at_ms + window_ms > entry.b; };
    if (std::ranges::count_if(content.copies_at_ms, is_recent) <
        static_cast<std::ptrdiff_t>(copies_max)) {
      accuse("a copy is told to come again although there were few", entry);
    }
  }

  /// Copies are counted once, by the row of an acceptance that is asked first.
  [[nodiscard]] bool is_further(const LogEntry& entry) const {
    return verb_of(entry.detail) == Verb::accept && last_.delivery == entry.delivery &&
           last_.at_ms == entry.at_ms && verb_of(last_.detail) == Verb::accept &&
           last_.a == said::accepted;
  }

  void remember(const LogEntry& entry, Content& content) {
    const std::uint64_t until_ms = entry.b + source_of(entry).retain_ms;
    content.forgets_at_ms =
        content.forgets_at_ms == for_ever ? until_ms : std::max(content.forgets_at_ms, until_ms);
  }

  /// A success under another hint is nothing to a row.
  void commit(const LogEntry& entry, Content& content, Owners mine) {
    if (entry.a == said::ignored) {
      if ((content.owners & anybody & ~mine) == 0) {
        accuse("a success is not kept, although the row is its event's", entry);
      }
      return learn(content, anybody & ~mine);
    }
    if ((content.owners & (mine | no_row)) == 0) {
      accuse("a success under one hint ends what stands there under another", entry);
    }
    learn(content, mine | no_row);
    content.owners = mine;
    content.is_owed = false;
    content.is_on_disk = true;
    remember(entry, content);
  }

  /// Where there is no row, a doubt makes one.
  static void release(const LogEntry& entry, Content& content, Owners mine) {
    if ((content.owners & no_row) != 0) {
      content.owners |= mine;
    }
    if (entry.a == said::done && content.owners == (mine | no_row)) {
      content.owners = mine;
    }
  }

  void administer(const LogEntry& entry) {
    if (entry.key >= contents_.size()) {
      return;
    }
    Content& content = contents_[entry.key];
    const bool is_dropped = entry.a == said::done && order_of(entry.detail) == Order::drop;
    content.is_owed = content.is_owed && !is_dropped;
  }

  void restart() {
    for (Content& content : contents_) {
      content.owners |= content.is_on_disk ? 0 : no_row;
      content.is_counting = false;
      content.counted = 0;
    }
  }

  /// A content's row passes from one event to the next unmarked only once it is forgotten; a copy
  /// is marked whatever happens.
  void forward(const LogEntry& entry) {
    const DeliveryFact& fact = fact_of(entry);
    const SourceFacts& source = source_of(entry);
    if (source.same_content.empty() != (entry.content == nobody)) {
      return say("S8", "an origin is told of a content where there is none, or of none", entry);
    }
    if (entry.content == nobody) {
      return;
    }
    const std::pair name(fact.source, content_of(source, fact.event));
    const auto found = std::ranges::find(keys_, name, &Key::first);
    if (found == keys_.end()) {
      keys_.emplace_back(name, entry.content);
    } else if (found->second != entry.content) {
      say("S8", "one content has two keys", entry);
    }
    if (entry.key != entry.content && (entry.detail & 1) == 0) {
      accuse("a copy is forwarded without a mark", entry);
    }
  }

  void answer(const LogEntry& entry) {
    const bool is_handed_on = entry.a == said_[entry.delivery];
    if (entry.a == refused_copy && !is_handed_on && !refused_[entry.delivery]) {
      accuse("an event is refused for its content, but the store knows no other", entry);
    }
  }

  [[nodiscard]] const DeliveryFact& fact_of(const LogEntry& entry) const {
    return known_.log.deliveries[entry.delivery];
  }

  [[nodiscard]] const SourceFacts& source_of(const LogEntry& entry) const {
    return known_.sources[fact_of(entry).source];
  }

  void accuse(std::string_view what, const LogEntry& entry) { say("copies", what, entry); }

  void say(std::string_view promise, std::string_view what, const LogEntry& entry) {
    violations_.push_back(
        {promise, fmt::format("{} (delivery {})", what, entry.delivery), entry.at_ms});
  }

  using Key = std::pair<std::pair<std::uint16_t, std::uint16_t>, std::uint16_t>;
  const Known& known_;
  std::vector<Violation>& violations_;
  std::vector<bool> refused_;
  std::vector<std::uint64_t> said_;  // By the origin.
  std::vector<Content> contents_;    // By key.
  std::vector<Key> keys_;            // Of contents.
  LogEntry last_;                    // That the store was asked.
};

}  // namespace

void check_copies(const Known& known, std::vector<Violation>& violations) {
  CopyBook book(known, violations);
  for (const LogEntry& entry : known.log.entries) {
    book.hear(entry);
  }
}

}  // namespace postern::harness::simulate
