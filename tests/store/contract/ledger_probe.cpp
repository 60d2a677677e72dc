#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/host/memory_ledger.h"
#include "harness/host/text_forms.h"
#include "harness/simulate/store.h"

// The harness's ledger, or the simulator's, behind the calls of door.mjs, for the contract that all
// ledgers are held to: a line of JSON `{name, argument}` on standard input, `{result}` or
// `{failure}` on standard output. Bytes are hex.

namespace {

using namespace postern::harness;
using nlohmann::json;

std::string bytes_of(const json& hex) {
  std::optional<std::string> bytes = from_hex(hex.get<std::string>());
  if (!bytes.has_value()) {
    throw std::invalid_argument("this is no hex");
  }
  return std::move(*bytes);
}

/// What is kept of a delivery: nothing when it is settled.
struct Kept {
  std::string ticket;
  bool is_owed = false;  // Else it was given up.
};

class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  using Entry = AcceptEntry;
  virtual LedgerResult apply(const Entry& entry) = 0;
  virtual LedgerResult accept(const std::vector<Entry>& entries, const std::string& body) = 0;
  virtual std::string row(const std::string& key) = 0;
  virtual std::optional<Kept> kept(const std::string& key) = 0;
  virtual std::set<std::string> sweep() = 0;
  virtual void restart() = 0;

  std::uint64_t clock_ms = 0;

 protected:
  std::unique_ptr<Engine> engine_ = make_native_engine();
};

class OfHarness : public Ledger {
 public:
  LedgerResult apply(const Entry& entry) override {
    return ledger_.apply(*engine_,
                         {.shard = shard_,
                          .key = entry.key,
                          .wait_ms = 0,
                          .operation = entry.operation,
                          .copy = entry.copy},
                         clock_ms);
  }
  LedgerResult accept(const std::vector<Entry>& entries, const std::string& body) override {
    return ledger_.accept(*engine_, {.shard = shard_, .entries = entries}, body, clock_ms);
  }
  std::string row(const std::string& key) override { return ledger_.row({shard_, key}); }
  std::optional<Kept> kept(const std::string& key) override {
    const MemoryLedger::Parcel* parcel = ledger_.find_parcel({shard_, key});
    return parcel == nullptr ? std::nullopt
                             : std::optional(Kept{parcel->ticket, parcel->drive_ms != 0});
  }
  std::set<std::string> sweep() override {
    std::set<std::string> keys;
    for (const LedgerPlace& place : ledger_.sweep(clock_ms)) {
      keys.insert(place.key);
    }
    return keys;
  }
  void restart() override { throw std::logic_error("the harness's ledger never restarts"); }

 private:
  const std::string shard_ = "s/0";
  MemoryLedger ledger_;
};

class OfSimulator : public Ledger {
 public:
  LedgerResult apply(const Entry& entry) override {
    return told_of(store().apply(*engine_, placed(entry), clock_ms));
  }
  LedgerResult accept(const std::vector<Entry>& entries, const std::string&) override {
    std::vector<simulate::Store::Entry> placed_entries;
    placed_entries.reserve(entries.size());
    for (const Entry& entry : entries) {
      placed_entries.push_back(placed(entry));
    }
    return told_of(store().accept(*engine_, placed_entries, 0, clock_ms));
  }
  std::string row(const std::string& key) override { return store().row(place_of(key)); }
  std::optional<Kept> kept(const std::string& key) override {
    const simulate::Store::Parcel* parcel = store().find_parcel(place_of(key));
    return parcel == nullptr ? std::nullopt
                             : std::optional(Kept{parcel->ticket, parcel->drive_ms != 0});
  }
  std::set<std::string> sweep() override {
    std::set<std::string> keys;
    for (const std::uint16_t place : store().sweep(clock_ms)) {
      keys.insert(keys_.at(place));
    }
    return keys;
  }
  void restart() override { static_cast<void>(store().restart(clock_ms)); }

 private:
  /// It has a time from its beginning on. As few leases as in the Durable Object go to disk.
  simulate::Store& store() {
    if (!store_.has_value()) {
      store_.emplace(std::uint16_t{4}, clock_ms);
    }
    return *store_;
  }
  std::uint16_t place_of(const std::string& key) {
    std::size_t place = 0;
    while (place < keys_.size() && keys_[place] != key) {
      ++place;
    }
    if (place == keys_.size()) {
      keys_.push_back(key);
    }
    return static_cast<std::uint16_t>(place);
  }
  simulate::Store::Question placed(const RowEntry& row) {
    return {place_of(row.key), row.operation, row.ticket};
  }
  simulate::Store::Entry placed(const Entry& entry) {
    simulate::Store::Entry result{.question = placed(row_of(entry))};
    if (entry.copy.has_value()) {
      result.copy = placed(*entry.copy);
    }
    return result;
  }

  std::optional<simulate::Store> store_;
  std::vector<std::string> keys_;  // By place.
};

RowEntry row_entry_of(const json& one) {
  return {.key = bytes_of(one["key"]),
          .ticket = bytes_of(one.value("ticket", "")),
          .operation = bytes_of(one["operation"])};
}

Ledger::Entry entry_of(const json& one) {
  const RowEntry row = row_entry_of(one);
  Ledger::Entry entry{.key = row.key, .ticket = row.ticket, .operation = row.operation, .copy = {}};
  if (one.contains("copy") && !one["copy"].is_null()) {
    entry.copy = row_entry_of(one["copy"]);
  }
  return entry;
}

class Door {
 public:
  explicit Door(std::unique_ptr<Ledger> ledger) : ledger_(std::move(ledger)) {}

  json call(const std::string& name, const json& argument) {
    if (name == "set_clock") {
      ledger_->clock_ms = argument.get<std::uint64_t>();
      return nullptr;
    }
    if (name == "restart") {
      ledger_->restart();
      return nullptr;
    }
    if (name == "apply") {
      keys_.insert(bytes_of(argument["key"]));
      return to_hex(ledger_->apply(entry_of(argument)).reply);
    }
    if (name == "accept") {
      return accept(argument);
    }
    if (name == "look_up") {
      const std::string row = ledger_->row(bytes_of(argument["key"]));
      return row.empty() ? json(nullptr) : json(to_hex(row));
    }
    if (name == "read_owed") {
      const auto kept = ledger_->kept(bytes_of(argument["key"]));
      return kept.has_value() ? json{{"ticket", to_hex(kept->ticket)}} : json(nullptr);
    }
    if (name == "list") {
      return list(argument["which"] == "owed");
    }
    if (name == "sweep") {
      json keys = json::array();
      for (const std::string& key : ledger_->sweep()) {
        keys.push_back(to_hex(key));
      }
      return keys;
    }
    throw std::invalid_argument("no such call: " + name);
  }

 private:
  json accept(const json& argument) {
    std::vector<Ledger::Entry> entries;
    for (const json& one : argument["entries"]) {
      const Ledger::Entry& entry = entries.emplace_back(entry_of(one));
      keys_.insert(entry.key);
      if (entry.copy.has_value()) {
        keys_.insert(entry.copy->key);
      }
    }
    return to_hex(ledger_->accept(entries, bytes_of(argument["body"])).reply);
  }

  json list(bool is_owed) {
    json listed = json::array();
    for (const std::string& key : keys_) {
      const auto kept = ledger_->kept(key);
      if (kept.has_value() && kept->is_owed == is_owed) {
        listed.push_back({{"key", to_hex(key)},
                          {"row", to_hex(ledger_->row(key))},
                          {"ticket", to_hex(kept->ticket)}});
      }
    }
    return listed;
  }

  std::unique_ptr<Ledger> ledger_;
  std::set<std::string> keys_;  // That were ever asked about.
};

std::unique_ptr<Ledger> ledger_named(std::string_view name) {
  if (name == "simulator") {
    return std::make_unique<OfSimulator>();
  }
  return std::make_unique<OfHarness>();
}

/// Answers line by line until there are no more.
void serve(Door& door) {
  for (std::string line; std::getline(std::cin, line);) {
    const json message = json::parse(line);
    json answer;
    try {
      answer["result"] = door.call(message["name"], message.value("argument", json::object()));
    } catch (const std::exception& failure) {
      answer["failure"] = failure.what();
    }
    std::cout << answer.dump() << '\n' << std::flush;
  }
}

}  // namespace

/// `ledger_probe harness` or `ledger_probe simulator`.
int main(int argc, char** argv) {
  try {
    Door door(ledger_named(argc == 2 ? argv[1] : ""));
    serve(door);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "ledger_probe: %s\n", failure.what());
    return 1;
  }
  return 0;
}
