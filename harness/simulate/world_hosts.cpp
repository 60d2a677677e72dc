#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/simulate/world.h"

// The hosts: the loop of effects, and how it breaks off.

namespace postern::harness::simulate {
namespace {

/// Most effects that one delivery may ask for; the longest way known has seven.
constexpr std::uint32_t turns_max = 64;

/// As the consumer has them (hosts/cloudflare/queue.mjs): how long a batch waits for a
/// forward, how much longer than the forward the message then stays away, and how long after a
/// failure.
constexpr std::uint64_t hold_ms = 1000;
constexpr std::uint64_t lease_margin_ms = 5000;
constexpr std::uint64_t failure_delay_ms = 30'000;

/// A pause that most leases do not outlast.
constexpr std::uint64_t pause_ms_max = 40'000;

std::string_view value_of(const std::vector<Header>& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace

void World::delivery_arrives(std::uint16_t index) {
  Flight& flight = flights_[index];
  const std::uint64_t subject = subject_of(index);
  flight.version = version_;
  const std::uint64_t now = host_clock_.at(wall_ms());
  log(Happening::arrived, 0, index, nobody, now, 0);
  if (strikes(Fault::crash, subject, 0)) {
    return die(index);
  }
  const Delivery& bytes = bytes_[index];
  take(index, gate_.engine(flight.version)
                  .begin(encode_begin({.now_ms = now,
                                       .token = dice_.token(delivery_name, subject),
                                       .delivery = bytes,
                                       .body_size = BodySize::within_limit,
                                       .body_bytes = bytes.body.size(),
                                       .body = bytes.body})));
}

void World::take(std::uint16_t index, const std::string& frame) {
  Flight& flight = flights_[index];
  const std::uint64_t subject = subject_of(index);
  if (++flight.turn == turns_max) {
    throw MalformedAnswer("a delivery asked for more effects than any way through the gate has");
  }
  flight.has_slept = false;
  const bool is_of_one_policy = std::exchange(flight.asked_by, flight.version) == flight.version;
  if (strikes(Fault::trap, subject, flight.turn)) {
    return module_failed(index);
  }
  if (frame.empty() && is_of_one_policy) {
    throw MalformedAnswer("the module refused what came of its own step");
  }
  if (frame.empty()) {
    return module_failed(index);
  }
  trace(frame);
  flight.step = decode_step(frame);
  if (strikes(Fault::crash, subject, 2ULL * flight.turn)) {
    return die(index);
  }
  perform(index);
}

void World::resume(std::uint16_t index, std::string_view outcome) {
  Flight const& flight = flights_[index];
  if (strikes(Fault::crash, subject_of(index), 2ULL * flight.turn + 1)) {
    return die(index);
  }
  const Step& step = flight.step;
  take(index, gate_.engine(flight.version)
                  .resume(encode_resume(
                      {.now_ms = clock_of(index),
                       .ticket = step.ticket,
                       .body = step.wants_body ? std::optional<std::string_view>(bytes_[index].body)
                                               : std::nullopt,
                       .answered = step.kind,
                       .outcome = outcome})));
}

void World::perform(std::uint16_t index) {
  Flight& flight = flights_[index];
  const std::uint64_t subject = subject_of(index);
  if (!flight.has_slept && strikes(Fault::pause, subject, flight.turn)) {
    flight.has_slept = true;
    const std::uint64_t for_ms =
        dice_.between(1000, pause_ms_max, host_pause, subject, flight.turn);
    log(Happening::sleeps, 0, index, nobody, for_ms, 0);
    return plan(for_ms, Task::host_performs, index, flight.turn, 0);
  }
  if (is_at_object(index) && is_for_host(index)) {
    hand_back(index);
    if (flight.is_over) {
      return;
    }
  }
  const Effect& effect = flight.step.effect;
  if (is_done_at_once(flight.step.kind)) {
    return resume(index, {});
  }
  if (const auto* mac = std::get_if<Mac>(&effect)) {
    const bool is_down = strikes(Fault::crypto_down, subject, flight.turn);
    return resume(index, is_down ? mac_unavailable() : gate_.mac_outcome(*mac, bytes_[index].body));
  }
  if (const auto* acceptance = std::get_if<Accept>(&effect)) {
    return accept(index, *acceptance);
  }
  if (const auto* messages = std::get_if<Enqueue>(&effect)) {
    return enqueue(index, *messages);
  }
  if (const auto* operation = std::get_if<LedgerOperation>(&effect)) {
    const bool is_run = log_.deliveries[index].parent != nobody;
    const bool is_claim = flight.step.kind == EffectKind::claim && !is_run;
    if (is_claim && carry(index, *operation)) {
      return;
    }
    const std::uint16_t number =
        make_call(index, *operation,
                  flight.step.kind == EffectKind::claim    ? is_run ? Verb::take : Verb::claim
                  : flight.step.kind == EffectKind::commit ? Verb::commit
                  : is_run                                 ? Verb::fail
                                                           : Verb::release);
    return send_call(number, operation->wait_ms);
  }
  if (std::holds_alternative<Limit>(effect)) {
    return limit(index);
  }
  if (const auto* sent = std::get_if<Forward>(&effect)) {
    return forward(index, *sent);
  }
  if (const auto* said = std::get_if<Answer>(&effect)) {
    const bool is_final = said->is_final;
    answer(index, said->status);
    return is_final ? end(index) : resume(index, {});
  }
  if (std::holds_alternative<Finish>(effect)) {
    return end(index);
  }
  if (const auto* later = std::get_if<RetryLater>(&effect)) {
    return end_run(index, later->delay_ms);
  }
  if (std::holds_alternative<DeadLetter>(effect)) {
    log(Happening::buried, 0, index, nobody, 0, 0);
    return end(index);
  }
  throw MalformedAnswer("the module asked for an effect that these sources do not need");
}

void World::forward(std::uint16_t index, const Forward& effect) {
  const std::string_view attempt_text = value_of(effect.headers, "postern-attempt");
  std::uint64_t attempt = 0;
  std::from_chars(attempt_text.data(), attempt_text.data() + attempt_text.size(), attempt);
  const bool is_marked = value_of(effect.headers, "postern-maybe-duplicate") == "true";
  const std::string key_text(value_of(effect.headers, "postern-key"));
  const std::uint16_t key = key_text.empty() ? nobody : place_of("", key_text);
  const std::string content_text(value_of(effect.headers, "postern-content-key"));
  const std::uint16_t content = content_text.empty() ? nobody : place_of("", content_text);
  const bool is_signed = gate_.verifies(effect, bytes_[index].body);
  const bool has_signature = !value_of(effect.headers, "webhook-signature").empty() ||
                             !value_of(effect.headers, "postern-signature").empty();
  const bool is_run = log_.deliveries[index].parent != nobody;
  if (is_run && !value_of(effect.headers, "x-signature").empty()) {
    throw MalformedAnswer("a signature of the sender lay in a store");
  }
  // What is only observed has no attempt: in its place stands whether it claims to be more.
  const bool is_observed = !value_of(effect.headers, "postern-verdict").empty();
  if (is_signed != has_signature || (!is_observed && (key == nobody || !is_signed))) {
    throw MalformedAnswer("a forward has no key, or a signature that does not hold");
  }
  if (effect.method != bytes_[index].method || effect.url.contains('?')) {
    throw MalformedAnswer("a forward has another method, or a query that nobody signed");
  }
  const std::uint64_t shown = is_observed && (key != nobody || is_signed) ? 1 : attempt;
  // The last part of the address is the destination's number.
  const int destination = effect.url.back() - '0';
  log(Happening::forwarded,
      static_cast<std::uint8_t>(destination << 1 | (is_marked ? 1 : 0) |
                                (is_observed ? only_observed : 0)),
      index, key, shown, store_.now_ms(store_clock_.at(wall_ms())), content);
  object_forwards_ += is_at_object(index) ? 1 : 0;
  send_to_origin(index, effect, key, attempt);
  if (flights_[index].message != nobody) {
    plan(hold_ms, Task::run_held, index, flights_[index].turn, effect.timeout_ms + lease_margin_ms);
  }
}

void World::limit(std::uint16_t index) {
  const std::uint64_t subject = subject_of(index);
  const std::uint32_t turn = flights_[index].turn;
  const Limited result = strikes(Fault::limit_denied, subject, turn) ? Limited::denied
                         : strikes(Fault::limit_down, subject, turn) ? Limited::unavailable
                                                                     : Limited::allowed;
  log(Happening::limited, 0, index, nobody, static_cast<std::uint64_t>(result), 0);
  resume(index, limited(result));
}

void World::answer(std::uint16_t index, std::uint16_t status) {
  Flight& flight = flights_[index];
  if (flight.is_answered || log_.deliveries[index].parent != nobody) {
    throw MalformedAnswer("the module answers where nobody waits");
  }
  flight.is_answered = true;
  if (is_at_object(index)) {
    Carry& carry = carries_[flight.carry];
    if (carry.back == Carry::Back::nothing) {
      carry.back = Carry::Back::answer;
      carry.status = status;
      give_back(carry);
    }
    return;
  }
  log(Happening::answered, 0, index, nobody, status, 0);
  const std::uint64_t subject = subject_of(index);
  if (!strikes(Fault::answer_lost, subject, 0)) {
    plan(dice_.between(1, 150, way_back, subject, 0), Task::sender_hears, index, 0, status);
  }
}

/// What the hosts' glue does when the module gave nothing usable: 503, unless the sender has its
/// answer already.
void World::module_failed(std::uint16_t index) {
  log(Happening::failed, 0, index, nobody, 0, 0);
  if (log_.deliveries[index].parent != nobody) {
    return end_run(index, failure_delay_ms);
  }
  if (!flights_[index].is_answered) {
    answer(index, 503);
  }
  end(index);
}

/// Nobody goes on with the delivery. The sender sees the connection break, or nothing at all.
void World::die(std::uint16_t index) {
  if (is_at_object(index)) {
    return restart_object();  // With all that it carries.
  }
  Flight& flight = flights_[index];
  flight.is_over = true;
  log(Happening::died, 0, index, nobody, 0, 0);
  const std::uint64_t subject = subject_of(index);
  if (flight.message != nobody) {
    // The queue gives a message to somebody else when nobody has taken it out.
    plan(dice_.between(failure_delay_ms, 5 * failure_delay_ms, silence, subject, 0),
         Task::message_comes, flight.message, 0, 0);
  }
  const bool is_run = log_.deliveries[index].parent != nobody;
  if (!flight.is_answered && !is_run && dice_.draw(silence, subject, 0) % 2 == 0) {
    plan(dice_.between(1, 150, way_back, subject, 1), Task::sender_hears, index, 0, 0);
  }
}

void World::end(std::uint16_t index) {
  flights_[index].is_over = true;
  log(Happening::over, 0, index, nobody, 0, 0);
}

}  // namespace postern::harness::simulate
