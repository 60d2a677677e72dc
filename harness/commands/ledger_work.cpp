#include "harness/commands/ledger_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/host/cryptography.h"
#include "harness/host/frame_writer.h"
#include "harness/host/text_forms.h"
#include "postern/base/bytes.h"
#include "postern/crypto/crc32.h"

namespace postern::harness {
namespace {

using ledger::State;
using ledger::Verb;

std::string shard_of(const SourceShards& source, std::size_t number) {
  return fmt::format("{}/{}", source.name, number);
}

/// The key of the row that a destination other than the first has: see docs/DUPLICATES.md.
std::string row_key_of(const std::string& event_key, std::uint32_t destination_id) {
  FrameWriter writer;
  writer.raw("postern1.to");
  writer.raw(event_key);
  writer.u32(destination_id);
  return digest(Hash::sha256, writer.take()).value();
}

/// Empty when the policy has no such destination, or the gate did not tell.
std::string destination_of(const StoredDelivery& delivery, const SourceShards& source) {
  const auto found = std::ranges::find(source.destinations, delivery.destination_id,
                                       &SourceShards::Destination::id);
  return delivery.event_key.empty() || found == source.destinations.end() ? "" : found->text;
}

bool is_owed(const LedgerLine& line) {
  return line.row.state == State::dead || line.row.state == State::accepted ||
         line.row.state == State::delivering;
}

}  // namespace

SourceShards shards_of(const compiler::SourceModel& source, const compiler::PolicyModel& model) {
  SourceShards found{.name = std::string(source.source.name),
                     .shards = source.source.shards,
                     .retain_ms = source.source.retain_ms,
                     .destinations = {}};
  for (const compiler::RouteModel& route : source.routes) {
    for (const compiler::PlacedSetting& to : route.to) {
      const bool is_text = to.setting.slot == policy::Setting::no_slot;
      const std::string text =
          is_text ? std::string(to.setting.text) : model.settings[to.setting.slot].name;
      found.destinations.push_back({.text = is_text ? text : "env:" + text,
                                    .id = crypto::crc32(bytes_of(text)),
                                    .is_one_of_several = route.to.size() > 1});
    }
  }
  return found;
}

std::vector<std::string> LedgerWork::find_kept(const std::string& digits) const {
  std::vector<std::string> keys;
  const auto add = [&](const std::string& key) {
    if (key.starts_with(digits) && std::ranges::find(keys, key) == keys.end()) {
      keys.push_back(key);
    }
  };
  for (const SourceShards& source : sources_) {
    for (std::size_t number = 0; number < source.shards; ++number) {
      for (const Listing listing : {Listing::dead, Listing::owed}) {
        for (const StoredDelivery& one : client_.list(shard_of(source, number), listing)) {
          add(to_hex(one.key));
          add(to_hex(one.event_key));
        }
      }
    }
  }
  return keys;
}

void LedgerWork::show(const std::string& key) {
  for (const SourceShards& source : sources_) {
    add_row(source, key, "");
    for (const auto& destination : source.destinations) {
      if (destination.is_one_of_several) {
        add_row(source, row_key_of(key, destination.id), destination.text);
      }
    }
  }
}

void LedgerWork::list(Listing listing) {
  for (const SourceShards& source : sources_) {
    for (std::size_t number = 0; number < source.shards; ++number) {
      for (StoredDelivery& one : client_.list(shard_of(source, number), listing)) {
        lines_.push_back({.source = source.name,
                          .shard = shard_of(source, number),
                          .key = to_hex(one.key),
                          .to = destination_of(one, source),
                          .row = one.row,
                          .delivery = one,
                          .note = ""});
      }
    }
  }
}

void LedgerWork::release(const std::string& key) {
  for (const SourceShards& source : sources_) {
    add_row(source, key, "");
  }
  for (LedgerLine& line : lines_) {
    change(line, Verb::reopen, OperatorOrder::release);
    if (line.row.state == State::accepted) {
      line.note += ": still owed, the gate delivers it within minutes";
    }
  }
}

void LedgerWork::redrive() {
  const bool is_any_owed = lines_.empty() || std::ranges::any_of(lines_, is_owed);
  for (LedgerLine& line : lines_) {
    if (is_owed(line)) {
      change(line, Verb::redrive, OperatorOrder::redrive);
    } else {
      line.note = "not owed: nothing to drive";
    }
  }
  is_all_done_ = is_all_done_ && is_any_owed;
}

void LedgerWork::drop() {
  const auto is_dead = [](const LedgerLine& line) { return line.row.state == State::dead; };
  const bool is_any_dead = lines_.empty() || std::ranges::any_of(lines_, is_dead);
  for (LedgerLine& line : lines_) {
    if (is_dead(line)) {
      change(line, Verb::drop, OperatorOrder::drop);
    } else {
      line.note = "not dead: nothing to drop";
    }
  }
  is_all_done_ = is_all_done_ && is_any_dead;
}

/// The event's shard follows from its key; that of another destination's row from the event's,
/// which nobody may have told us.
void LedgerWork::add_row(const SourceShards& source, const std::string& key,
                         const std::string& to) {
  const std::size_t likely = static_cast<unsigned char>(key[0]) % source.shards;
  for (std::size_t i = 0; i < source.shards; ++i) {
    const std::string shard = shard_of(source, (likely + i) % source.shards);
    if (const auto row = client_.look_up(shard, key); row.has_value()) {
      lines_.push_back({source.name, shard, to_hex(key), to, *row, std::nullopt, ""});
      return;
    }
  }
}

void LedgerWork::change(LedgerLine& line, Verb verb, OperatorOrder order) {
  const auto source = std::ranges::find(sources_, line.source, &SourceShards::name);
  const ChangedRow changed = client_.apply(line.shard, from_hex(line.key).value(),
                                           {.verb = verb, .retain_ms = source->retain_ms}, order);
  const bool is_done = changed.reply.answer == ledger::Answer::done;
  line.note = fmt::format("was {}", name_of(line.row.state));
  line.row = changed.row;
  if (!is_done) {
    line.note = "unchanged";
  } else if (order == OperatorOrder::redrive) {
    line.note += changed.is_sent ? ", message sent" : ", the store sends a message within minutes";
  } else if (order == OperatorOrder::drop) {
    line.note += ", dropped";
  }
  is_all_done_ = is_all_done_ && is_done;
}

}  // namespace postern::harness
