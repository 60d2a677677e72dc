#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace postern::ledger {

/// What can be seen of one operation: the reply, what the store must do, and when somebody has to
/// drive the event from then on.
struct Seen {
  std::string answer;
  std::uint64_t epoch = 0;
  bool mark = false;
  std::uint64_t wait_ms = 0;
  std::uint16_t status = 0;
  std::string keep = "unchanged";
  std::uint16_t attempts = 0;
  std::uint64_t due_ms = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// A second model of the ledger, from docs/DUPLICATES.md alone. Facts are kept by name in two maps:
/// what memory knows and what the disk knows. A fact that is not there is not so; a restart is the
/// disk's map copied over memory's.
class Reference {
 public:
  Reference(std::uint64_t lease_ms, std::uint64_t retain_ms)
      : lease_ms_(lease_ms), retain_ms_(retain_ms) {}

  void restart() { memory_ = disk_; }

  Seen claim(std::uint64_t who, std::uint64_t now, std::uint64_t started) {
    forget(now);
    if (is("done with") || is("owed")) {
      return duplicate();
    }
    return is_held(now) ? answer_while_held(who, now) : lease(who, now, started);
  }

  Seen accept(std::uint64_t delay, std::uint64_t now) {
    forget(now);
    if (is("done with") || is("owed")) {
      return duplicate();
    }
    if (is_held(now)) {
      return {.answer = "busy", .wait_ms = memory_["held until"] - now};
    }
    if (is("held by")) {
      memory_["doubt"] = 1;
    }
    end_hold();
    memory_.erase("forget at");
    memory_.erase("failures");
    memory_["owed"] = 1;
    memory_["due at"] = now + delay;
    return written("accepted");
  }

  Seen take(std::uint64_t who, std::uint64_t now, std::uint64_t started) {
    forget(now);
    if (is("done with") || is("given up")) {
      return duplicate();
    }
    if (!is("owed")) {
      return {.answer = "ignored"};
    }
    if (is_held(now)) {
      return answer_while_held(who, now);
    }
    if (is("due at") && now < memory_["due at"]) {
      return {.answer = "busy", .wait_ms = memory_["due at"] - now, .due_ms = due()};
    }
    memory_.erase("due at");
    if (is("held by")) {
      memory_["failures"] += 1;
    }
    return lease(who, now, started);
  }

  Seen commit(std::uint64_t epoch, std::uint16_t status, std::uint64_t now) {
    forget(now);
    if (is("done with")) {
      return {.answer = "done", .status = first_status()};
    }
    end_hold();
    for (const char* fact : {"owed", "due at", "given up"}) {
      memory_.erase(fact);
    }
    memory_["done with"] = status;
    memory_["epoch"] = std::max(memory_["epoch"], epoch);
    memory_["forget at"] = now + retain_ms_;
    Seen seen = written("done");
    seen.status = status;
    return seen;
  }

  Seen release(std::uint64_t epoch, bool in_doubt, std::uint64_t now) {
    forget(now);
    if (!is("held by") || is("owed") || memory_["epoch"] != epoch) {
      return doubt(epoch, in_doubt, now, "done");
    }
    count_failure(in_doubt);
    memory_["forget at"] = now + retain_ms_;
    return is("doubt") ? written("done") : Seen{.answer = "done", .keep = "in memory"};
  }

  Seen fail(std::uint64_t epoch, bool in_doubt, std::uint64_t delay, std::uint64_t now) {
    forget(now);
    if (!is("held by") || !is("owed") || memory_["epoch"] != epoch) {
      return doubt(epoch, in_doubt, now, "ignored");
    }
    count_failure(in_doubt);
    memory_["due at"] = now + delay;
    return written("done");
  }

  Seen bury(std::uint64_t epoch, bool in_doubt, std::uint64_t now) {
    forget(now);
    if (!is("held by") || !is("owed") || memory_["epoch"] != epoch) {
      return doubt(epoch, in_doubt, now, "ignored");
    }
    count_failure(in_doubt);
    memory_["given up"] = 1;
    return written("done");
  }

  Seen drop(std::uint64_t now) {
    forget(now);
    if (!is("given up")) {
      return {.answer = "ignored", .due_ms = due()};
    }
    memory_.erase("owed");
    memory_.erase("given up");
    memory_["done with"] = 0;
    memory_["forget at"] = now + retain_ms_;
    return written("done");
  }

  Seen reopen(std::uint64_t now) {
    forget(now);
    if (!is("done with") && !is("held by") && !is("owed") && !is("forget at")) {
      return {.answer = "ignored"};
    }
    if (is("held by") || !is("owed")) {
      memory_["doubt"] = 1;
    }
    end_hold();
    memory_.erase("done with");
    memory_.erase("given up");
    if (is("owed")) {
      memory_.erase("failures");
      memory_["due at"] = now;
    } else {
      memory_["forget at"] = now + retain_ms_;
    }
    return written("done");
  }

 private:
  using Facts = std::map<std::string, std::uint64_t>;

  bool is(const char* fact) const { return memory_.contains(fact); }
  bool is_held(std::uint64_t now) { return is("held by") && now < memory_["held until"]; }

  /// A run that was given its lease is over by then, or somebody else has to look.
  std::uint64_t due() {
    if (!is("owed") || is("given up")) {
      return 0;
    }
    return is("held by") ? memory_["held until"] : memory_["due at"];
  }

  std::uint16_t first_status() { return static_cast<std::uint16_t>(memory_["done with"]); }

  std::uint16_t failures() {
    return is("owed") && is("failures") ? static_cast<std::uint16_t>(memory_["failures"])
                                        : std::uint16_t{0};
  }

  Seen duplicate() {
    const std::uint16_t status = is("done with") ? first_status() : std::uint16_t{0};
    return {.answer = "duplicate", .status = status, .due_ms = due()};
  }

  Seen granted(std::string keep) {
    return {.answer = "granted",
            .epoch = memory_["epoch"],
            .mark = is("doubt"),
            .keep = std::move(keep),
            .attempts = failures(),
            .due_ms = due()};
  }

  Seen answer_while_held(std::uint64_t who, std::uint64_t now) {
    if (memory_["held by"] == who) {
      return granted("unchanged");
    }
    return {.answer = "busy", .wait_ms = memory_["held until"] - now, .due_ms = due()};
  }

  Seen lease(std::uint64_t who, std::uint64_t now, std::uint64_t started) {
    if (is("held by") || (started != 0 && now < started + lease_ms_)) {
      memory_["doubt"] = 1;
    }
    memory_["epoch"] = std::max(memory_["epoch"] + 1, started * 65'536);
    memory_["held by"] = who;
    memory_["held until"] = now + lease_ms_;
    memory_.erase("forget at");
    return granted("in memory");
  }

  /// What is left of a failure that ends no lease. A run whose doubt was kept has ended nothing.
  Seen doubt(std::uint64_t epoch, bool in_doubt, std::uint64_t now, const char* when_kept) {
    if (!in_doubt || is("doubt") || is("done with")) {
      return {.answer = "ignored", .due_ms = due()};
    }
    memory_["doubt"] = 1;
    if (is("held by")) {
      return {.answer = when_kept, .keep = "in memory", .due_ms = due()};
    }
    memory_["epoch"] = std::max(memory_["epoch"], epoch);
    if (!is("owed")) {
      memory_["forget at"] = now + retain_ms_;
    }
    return written(when_kept);
  }

  void count_failure(bool in_doubt) {
    if (in_doubt) {
      memory_["doubt"] = 1;
    }
    memory_["failures"] += 1;
    end_hold();
  }

  Seen written(std::string answer) {
    disk_ = memory_;
    return {.answer = std::move(answer), .keep = "durable", .due_ms = due()};
  }

  void forget(std::uint64_t now) {
    if (is("forget at") && now >= memory_["forget at"]) {
      memory_ = Facts{{"epoch", memory_["epoch"]}};
    }
  }

  void end_hold() {
    memory_.erase("held by");
    memory_.erase("held until");
  }

  std::uint64_t lease_ms_;
  std::uint64_t retain_ms_;
  Facts memory_;
  Facts disk_;
};

}  // namespace postern::ledger
