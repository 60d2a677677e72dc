#include <algorithm>
#include <utility>

#include "harness/simulate/world.h"

// Senders with their patience, and attackers who have read what was sent.

namespace postern::harness::simulate {
namespace {

constexpr std::uint64_t minute_ms = 60'000;

/// Before the faults end, a sender tries so often at most: what matters is who meets whom.
constexpr std::uint16_t attempts_before_healing_max = 5;
constexpr std::uint64_t delay_ms_max = 10 * minute_ms;

/// Longest that a sender goes on when all is well: the store's clock may be an hour ahead, and a
/// lease that was lost then lasts as long; L1 wants everything settled well before.
constexpr std::uint64_t patience_after_healing_ms = 3 * 60 * minute_ms;

/// What a source that lets no copy in answers.
constexpr std::uint64_t same_content = 409;

/// The same bytes are sent again only while their signature has not grown too old.
constexpr std::uint64_t same_bytes_ms_max = tolerance_ms - minute_ms;

void change_last_digit(std::string& text) {
  char& last = text.back();
  last = last == '7' ? '3' : '7';
}

std::string& header_value(Delivery& delivery, std::string_view name) {
  return std::ranges::find(delivery.headers, name, &Header::name)->value;
}

}  // namespace

World::Sender& World::sender_of(std::uint16_t number) {
  return *std::ranges::find_if(senders_,
                               [&](const Sender& sender) { return sender.plan->number == number; });
}

void World::sender_sends(std::uint16_t index) {
  Sender& sender = senders_[index];
  const SenderPlan& plan_of = *sender.plan;
  if (sender.is_settled) {
    // Long after it was settled, somebody presses the button once more.
    sender.is_settled = false;
    sender.is_again = true;
    sender.delay_ms = plan_of.first_delay_ms;
  }
  if (sender.stops_at_ms == 0 || sender.is_again) {
    sender.stops_at_ms = std::max(now_ms_, scenario_.heals_at_ms) + patience_after_healing_ms;
  }
  const DeliveryFact* last =
      sender.last_delivery == nobody ? nullptr : &log_.deliveries[sender.last_delivery];
  const bool keeps_bytes = plan_of.retry == Retry::same_bytes && last != nullptr &&
                           (!gate_.sources()[plan_of.source].has_time ||
                            now_ms_ < last->signed_at_ms + same_bytes_ms_max);
  DeliveryFact fact{.sender = plan_of.number,
                    .source = plan_of.source,
                    .event = plan_of.event,
                    .attempt = sender.attempts,
                    .signed_at_ms = keeps_bytes ? last->signed_at_ms : now_ms_};
  const Delivery bytes = keeps_bytes ? bytes_[sender.last_delivery]
                                     : gate_.signed_delivery(plan_of.source, plan_of.event,
                                                             log_.epoch_ms + fact.signed_at_ms);
  ++sender.attempts;
  sender.unresolved = plan_of.copies;
  for (fact.copy = 0; fact.copy < plan_of.copies; ++fact.copy) {
    sender.last_delivery = static_cast<std::uint16_t>(log_.deliveries.size());
    post(fact, bytes);
    plan(plan_of.patience_ms, Task::sender_gives_up, sender.last_delivery, 0, 0);
  }
}

void World::attacker_sends(std::uint16_t index) {
  const AttackPlan& attack = scenario_.attacks[index];
  const Sender& victim = sender_of(attack.sender);
  if (victim.last_delivery == nobody) {
    return;
  }
  DeliveryFact fact = log_.deliveries[victim.last_delivery];
  Delivery bytes = bytes_[victim.last_delivery];
  const bool has_time = gate_.sources()[fact.source].has_time;
  fact.sender = nobody;
  fact.attacker = attack.number;
  fact.is_genuine = attack.kind == Attack::replay || attack.kind == Attack::elsewhere ||
                    attack.kind == Attack::other_hint;
  switch (attack.kind) {
    case Attack::replay:
      break;
    case Attack::other_hint:
      GateModel::put_hint(bytes, attack.hint);
      if (!gate_.sources()[fact.source].same_content.empty()) {
        fact.event = under_hint(fact.event, attack.hint);
      }
      break;
    case Attack::elsewhere:
      bytes.client_address = "203.0.113.9";
      fact.is_from_elsewhere = true;
      break;
    case Attack::other_signature: {
      std::string& signature = header_value(bytes, "x-signature");
      signature[signature.size() / 2] = signature[signature.size() / 2] == '7' ? '3' : '7';
      break;
    }
    case Attack::no_signature:
      std::erase_if(bytes.headers,
                    [](const Header& header) { return header.name == "x-signature"; });
      break;
    case Attack::other_source:
      fact.source = static_cast<std::uint16_t>((fact.source + 1) % gate_.sources().size());
      bytes.path = gate_.sources()[fact.source].path;
      break;
    case Attack::other_id:
    case Attack::other_time:
      if (has_time) {
        change_last_digit(header_value(bytes, attack.kind == Attack::other_id ? "x-id" : "x-time"));
        break;
      }
      [[fallthrough]];
    case Attack::other_body:
      bytes.body += ' ';
      break;
  }
  for (fact.copy = 0; fact.copy < attack.times; ++fact.copy) {
    post(fact, bytes);
  }
}

void World::post(const DeliveryFact& fact, Delivery bytes) {
  const auto index = static_cast<std::uint16_t>(log_.deliveries.size());
  log_.deliveries.push_back(fact);
  bytes_.push_back(std::move(bytes));
  flights_.emplace_back();
  last_sent_ms_ = now_ms_;
  log(Happening::sent, 0, index, nobody, 0, 0);
  plan(dice_.between(1, 150, way_in, subject_of(index), 0), Task::delivery_arrives, index, 0, 0);
}

void World::sender_hears(std::uint16_t delivery, std::uint64_t status) {
  if (flights_[delivery].is_resolved) {
    return;
  }
  flights_[delivery].is_resolved = true;
  log(Happening::heard, 0, delivery, nobody, status, 0);
  const DeliveryFact& fact = log_.deliveries[delivery];
  if (fact.sender == nobody) {
    return;
  }
  Sender& sender = sender_of(fact.sender);
  if (sender.is_settled) {
    return;
  }
  const bool is_refused =
      status == same_content && is_healed_ && gate_.sources()[fact.source].same_content == "refuse";
  if (is_refused) {
    sender.is_settled = true;  // It would hear nothing else for a week.
    return;
  }
  if (status >= 200 && status < 300) {
    sender.is_settled = true;
    if (sender.plan->again_ms != 0 && !sender.is_again) {
      const std::uint64_t wait_ms =
          scenario_.heals_at_ms > now_ms_ ? scenario_.heals_at_ms - now_ms_ : 0;
      plan(wait_ms + sender.plan->again_ms, Task::sender_sends,
           static_cast<std::uint16_t>(&sender - senders_.data()), 0, 0);
    }
    return;
  }
  if (fact.attempt + 1 == sender.attempts && --sender.unresolved == 0) {
    retry(sender);
  }
}

void World::sender_gives_up(std::uint16_t delivery) {
  if (flights_[delivery].is_resolved) {
    return;
  }
  flights_[delivery].is_resolved = true;
  log(Happening::gave_up, 0, delivery, nobody, 0, 0);
  const DeliveryFact& fact = log_.deliveries[delivery];
  Sender& sender = sender_of(fact.sender);
  if (!sender.is_settled && fact.attempt + 1 == sender.attempts && --sender.unresolved == 0) {
    retry(sender);
  }
}

void World::retry(Sender& sender) {
  const auto index = static_cast<std::uint16_t>(&sender - senders_.data());
  if (sender.plan->retry == Retry::never || now_ms_ >= sender.stops_at_ms) {
    return;
  }
  std::uint64_t wait_ms = sender.delay_ms + dice_.between(0, sender.delay_ms / 4, jitter,
                                                          sender.plan->number, sender.attempts);
  if (!is_healed_ && sender.attempts >= attempts_before_healing_max) {
    wait_ms = std::max(wait_ms, scenario_.heals_at_ms - now_ms_ + 1);
  }
  sender.delay_ms = std::min(2 * sender.delay_ms, delay_ms_max);
  plan(wait_ms, Task::sender_sends, index, 0, 0);
}

}  // namespace postern::harness::simulate
