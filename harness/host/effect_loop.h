#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/host/simulation.h"

namespace postern::harness {

/// The bytes that the signatures of one effect are over. A message is made once for all in a
/// row that have the same parts. Borrows the parts.
class Messages {
 public:
  explicit Messages(const std::string& body) : body_(body) {}

  /// Borrows: the result is good until the next call.
  [[nodiscard]] const std::string& of(const std::vector<Piece>& content);

 private:
  const std::string& body_;
  const std::vector<Piece>* content_ = nullptr;
  std::string message_;
};

/// The effect loop of one call of `Simulation::play`: the deliveries and runs in it, and what they
/// wait for.
class EffectLoop {
 public:
  EffectLoop(Simulation& host, std::uint64_t now_ms, std::uint64_t until_ms, const Script& script)
      : host_(host), script_(script), now_ms_(now_ms), until_ms_(until_ms) {}

  [[nodiscard]] Played play(const std::vector<Arrival>& arrivals);

 private:
  using Message = Simulation::Message;

  enum class Waits : std::uint8_t { no, for_origin, for_ledger, ended };

  /// One way through the gate: a delivery's, or a run's.
  struct Passage {
    std::size_t index = 0;
    Delivery delivery;
    std::string token;
    /// Of a run: the message that began it, which may come again.
    std::optional<Message> message;
    Step step;
    Waits waits = Waits::no;
    std::string forward_outcome;
    Outcome outcome;
  };

  enum class Happens : std::uint8_t { origin_answers, wait_is_over, message_comes };

  struct Event {
    std::uint64_t at_ms;
    std::uint64_t sequence;  // Events of the same time happen in the order they were foreseen.
    Happens what;
    std::size_t index;  // Of a passage, or of a message.
    bool operator>(const Event& other) const {
      return std::pair(at_ms, sequence) > std::pair(other.at_ms, other.sequence);
    }
  };

  // The way through the gate
  Passage& add_passage(Delivery delivery, std::string token);
  void begin(Passage& passage);
  void begin_run(const Message& message);
  void resume(Passage& passage, const std::string& outcome);
  static void take(Passage& passage, std::string frame);
  void advance(Passage& passage);

  // Effects. Without an outcome the passage waits, or has ended.
  [[nodiscard]] std::optional<std::string> perform(Passage& passage);
  [[nodiscard]] std::optional<std::string> perform_ledger(Passage& passage,
                                                          const LedgerOperation& operation);
  [[nodiscard]] std::string perform_accept(Passage& passage, const Accept& accept);
  [[nodiscard]] std::string perform_enqueue(const Passage& passage, const Enqueue& enqueue);
  [[nodiscard]] std::string perform_limit(const Limit& limit);
  void start_forward(Passage& passage, const Forward& forward);
  [[nodiscard]] static std::optional<std::string> answer(Passage& passage, const Answer& answer);
  void end(Passage& passage);

  // Claims that are held until an outcome is known
  enum class AfterBusy : std::uint8_t { hold_on, give_up };
  void wake(const LedgerOperation& operation);
  void advance_ready();
  void ask_again(Passage& passage, AfterBusy after_busy);

  // Time
  void send(Message message, std::uint64_t due_ms);
  void foresee(Happens what, std::size_t index, std::uint64_t at_ms);
  [[nodiscard]] bool pass_time();
  void happen(const Event& event);
  void sweep(std::uint64_t at_ms);

  Simulation& host_;
  const Script& script_;
  std::uint64_t now_ms_;
  std::uint64_t until_ms_;
  /// In places that stay, because a passage may begin while another moves.
  std::deque<Passage> passages_;
  std::deque<Message> messages_;
  std::deque<std::size_t> ready_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<Sweep> sweeps_;
  bool is_cut_off_ = false;
  std::uint64_t sequence_ = 0;
  std::size_t forwards_ = 0;
  std::size_t runs_ = 0;
};

}  // namespace postern::harness
