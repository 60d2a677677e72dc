#include <bit>
#include <utility>

#include "harness/simulate/explore_state.h"
#include "harness/simulate/order.h"

namespace postern::harness::simulate {
namespace {

std::uint64_t bits(std::initializer_list<bool> flags) {
  std::uint64_t word = 0;
  for (const bool flag : flags) {
    word = word << 1 | (flag ? 1U : 0U);
  }
  return word;
}

}  // namespace

void mix(Fingerprint& print, std::uint64_t word) {
  // Two multiplicative hashes with odd constants (the golden ratio's, and SplitMix64's).
  print.first = std::rotl((print.first ^ word) * 0x9E3779B97F4A7C15, 29);
  print.second = std::rotl((print.second + word) * 0xBF58476D1CE4E5B9, 31) ^ print.first;
}

Fingerprint fingerprint_of(const State& state) {
  Fingerprint print{1, 2};
  for (const Walker& walker : state.walkers) {
    mix(print, static_cast<std::uint64_t>(walker.at) << 16 | std::uint64_t{walker.life} << 8 |
                   (walker.is_marked ? 1U : 0U));
    mix(print, std::uint64_t{walker.step} << 32 | walker.reply);
    mix(print, walker.lease_ends_ms);
  }
  mix(print, state.now_ms);
  mix(print, state.started_ms);
  mix(print, state.lease_ends_ms);
  mix(print, std::uint64_t{state.row} << 32 | state.durable_row);
  mix(print, std::uint64_t{state.holder} << 40 | std::uint64_t{state.life} << 32 |
                 std::uint64_t{state.faults} << 24 | std::uint64_t{state.forwards} << 16 |
                 std::uint64_t{state.effects} << 8 | state.causes);
  mix(print, bits({state.is_confirmed, state.is_committed, state.is_done, state.is_exempt}));
  return print;
}

std::uint32_t Texts::number_of(const std::string& text) {
  const auto [place, is_new] =
      numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (is_new) {
    texts_.push_back(&place->first);
  }
  return place->second;
}

Core::Advance Core::begin(std::uint8_t delivery, std::uint64_t now_ms) {
  const auto [place, is_new] = beginnings_.try_emplace({delivery, now_ms});
  if (is_new) {
    const Delivery bytes = gate_.signed_delivery(source_, 0, begins_at_ms);
    place->second = advance(gate_.engine(0).begin(encode_begin(
                                {.now_ms = now_ms,
                                 .token = std::string(16, static_cast<char>('1' + delivery)),
                                 .delivery = bytes,
                                 .body_size = BodySize::within_limit,
                                 .body_bytes = bytes.body.size(),
                                 .body = bytes.body})),
                            now_ms);
  }
  return place->second;
}

Core::Advance Core::begin_run(std::uint32_t ticket, std::uint8_t owner, std::uint64_t now_ms) {
  const auto [place, is_new] = runs_.try_emplace({ticket, owner, now_ms});
  if (is_new) {
    place->second = advance(gate_.engine(0).resume(encode_resume(
                                {.now_ms = now_ms,
                                 .ticket = texts_[ticket],
                                 .body = std::nullopt,
                                 .answered = EffectKind::retry_later,
                                 .outcome = std::string(16, static_cast<char>('A' + owner))})),
                            now_ms);
  }
  return place->second;
}

const Step& Core::step(std::uint32_t number) {
  const auto [place, is_new] = steps_.try_emplace(number);
  if (is_new) {
    place->second = decode_step(texts_[number]);
  }
  return place->second;
}

Core::Advance Core::resume(std::uint32_t number, std::uint32_t outcome, std::uint64_t now_ms) {
  const auto [place, is_new] = advances_.try_emplace({number, outcome, now_ms});
  if (is_new) {
    const Step& from = step(number);
    Advance result = advance(gate_.engine(0).resume(encode_resume({.now_ms = now_ms,
                                                                   .ticket = from.ticket,
                                                                   .body = std::nullopt,
                                                                   .answered = from.kind,
                                                                   .outcome = texts_[outcome]})),
                             now_ms);
    advances_[{number, outcome, now_ms}] = result;
    return result;
  }
  return place->second;
}

/// Performs at once what needs nobody else: signing a forward, and answering the sender.
Core::Advance Core::advance(const std::string& frame, std::uint64_t now_ms) {
  Advance result;
  const Step& now = step(texts_.number_of(frame));
  if (is_done_at_once(now.kind)) {
    return resume(texts_.number_of(frame), 0, now_ms);
  }
  if (const auto* mac = std::get_if<Mac>(&now.effect)) {
    const std::string body = gate_.signed_delivery(source_, 0, begins_at_ms).body;
    return resume(texts_.number_of(frame), texts_.number_of(gate_.mac_outcome(*mac, body)), now_ms);
  }
  if (const auto* said = std::get_if<Answer>(&now.effect)) {
    result.answered = said->status;
    if (!said->is_final) {
      result.step = resume(texts_.number_of(frame), 0, now_ms).step;
    }
    return result;
  }
  if (!std::holds_alternative<Finish>(now.effect)) {
    result.step = texts_.number_of(frame);
  }
  return result;
}

Core::Change Core::ledger(std::uint32_t number, std::uint32_t row, std::uint64_t now_ms,
                          std::uint64_t started_ms) {
  const auto [place, is_new] = changes_.try_emplace({number, row, now_ms, started_ms});
  if (is_new) {
    const Effect& effect = step(number).effect;
    const auto* acceptance = std::get_if<Accept>(&effect);
    const std::string& operation = acceptance != nullptr
                                       ? acceptance->entries[0].operation
                                       : std::get<LedgerOperation>(effect).operation;
    place->second = apply(operation, row, now_ms, started_ms);
  }
  return place->second;
}

/// By the number of the operation's own text, which no step has.
Core::Change Core::administer(Order order, std::uint32_t row, std::uint64_t now_ms) {
  const std::string operation = operation_of(order, gate_.sources()[source_].retain_ms);
  const auto [place, is_new] =
      changes_.try_emplace({texts_.number_of(operation), row, now_ms, std::uint64_t{0}});
  if (is_new) {
    place->second = apply(operation, row, now_ms, 0);
  }
  return place->second;
}

Core::Change Core::apply(const std::string& operation, std::uint32_t row, std::uint64_t now_ms,
                         std::uint64_t started_ms) {
  const LedgerResult result = decode_ledger(gate_.engine(0).ledger(encode_ledger(
      {.now_ms = now_ms, .started_ms = started_ms, .row = texts_[row], .operation = operation})));
  return {.answer = result.answer,
          .keep = result.keep,
          .row = result.keep == Keep::unchanged ? row : texts_.number_of(result.row),
          .outcome = texts_.number_of(ledger_replied(result.reply)),
          .due_ms = result.due_ms,
          .expires_ms = result.expires_ms};
}

}  // namespace postern::harness::simulate
