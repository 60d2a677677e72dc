#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/host/frames.h"
#include "harness/simulate/dice.h"
#include "harness/simulate/gate_model.h"
#include "harness/simulate/log.h"
#include "harness/simulate/purpose.h"
#include "harness/simulate/scenario.h"
#include "harness/simulate/store.h"

namespace postern::harness::simulate {

/// One schedule: senders, attackers, hosts, a store and an origin in virtual time, on one thread.
/// Everything that happens is a task on the agenda, so equal scenarios give equal logs.
class World {
 public:
  /// Borrows both for its life.
  World(GateModel& gate, const Scenario& scenario);

  /// `run` takes the schedule to its end, once. Throws `MalformedAnswer` for what no module may
  /// say.
  void run();

  /// What has happened so far.
  [[nodiscard]] Log take_log() { return std::move(log_); }

 private:
  enum class Task : std::uint8_t {
    sender_sends,
    attacker_sends,
    delivery_arrives,
    host_performs,
    call_arrives,
    twin_arrives,
    claim_waited,
    reply_arrives,
    call_given_up,
    origin_acts,
    origin_answers,
    sender_hears,
    sender_gives_up,
    fault_strikes,
    outage_ends,
    clock_thaws,
    heals,
    message_comes,
    run_held,
    store_sweeps,
    operator_acts,
    operator_tries,
    order_arrives,
    order_twin_arrives,
    carry_arrives,
    carry_returns,
    carry_breaks,
    object_redeploys,
  };

  struct Errand {
    std::uint64_t at_ms;
    std::uint32_t sequence;  // Errands of the same time are run in the order they were planned.
    Task task;
    std::uint16_t index;  // Of the sender, delivery, call or sent forward.
    std::uint32_t turn;   // Of the flight; an errand of another turn is void.
    std::uint64_t value;
  };

  /// A delivery at its host, or on its way through the store's object.
  struct Flight {
    Step step;
    std::size_t version = 0;   // Of the policy that it began with.
    std::size_t asked_by = 0;  // The version that gave the step.
    std::uint32_t turn = 0;    // Counts calls of the module.
    bool is_over = false;
    bool is_answered = false;
    bool is_resolved = false;        // The sender has heard of it, or waits no longer.
    bool has_slept = false;          // At this turn.
    std::uint16_t message = nobody;  // That began this run, and is taken out at its end.
    std::uint16_t carry = nobody;    // At the object: which call has brought it.
  };

  /// A delivery handed to the store's object with its claim, and what comes back of it.
  struct Carry {
    std::uint16_t flight;  // The host's, which waits meanwhile.
    std::uint32_t turn;
    std::size_t version;        // Of the host's policy.
    Step step;                  // The claim, or the step that is handed back.
    std::uint64_t sent_ms;      // By the host's clock.
    std::int64_t ahead_ms = 0;  // The object's clock is, of the delivery's time.
    bool is_unheard = false;
    enum class Back : std::uint8_t { nothing, declined, answer, step, reply } back = Back::nothing;
    std::uint16_t status = 0;
    std::string outcome = {};  // Of the claim alone.
  };

  struct Call {
    std::uint16_t flight;
    std::uint32_t turn;
    Verb verb;
    std::vector<Store::Entry> entries;  // One, but for acceptances.
    std::uint32_t wait_ms = 0;
    std::string outcome = {};  // As the module will have it.
    std::uint64_t give_up_at_ms = 0;
    bool is_waiting = false;
    std::uint16_t waits_at = nobody;  // At which row.
    std::size_t version = 0;          // Of the policy that asked.
    std::uint16_t carry = nobody;     // Of a claim whose delivery the object does not take.

    /// Whose row is asked first.
    [[nodiscard]] std::uint16_t place() const { return entries[0].question.place; }
  };

  /// A message of the queue: a reference to what the store keeps, or all of it.
  struct Message {
    std::uint16_t place = nobody;
    std::string ticket = {};
    std::uint16_t delivery = nobody;  // The one that was accepted.
  };

  /// A forward on which the origin acts.
  struct Sent {
    std::uint16_t flight;
    std::uint32_t turn;
    std::uint16_t key;
    std::uint16_t status;
    std::uint64_t attempt;
    std::uint64_t work_ms;
  };

  /// What an operator is about to have done.
  struct GivenOrder {
    const OrderPlan* plan;
    std::uint16_t place;
    std::uint16_t tries = 0;
    std::uint16_t answers = 0;
  };

  struct Sender {
    const SenderPlan* plan;
    std::uint16_t attempts = 0;
    std::uint16_t unresolved = 0;
    std::uint16_t last_delivery = nobody;
    std::uint64_t delay_ms = 0;
    std::uint64_t stops_at_ms = 0;
    bool is_settled = false;
    bool is_again = false;
  };

  // The agenda, chance and the log: world.cpp
  void plan(std::uint64_t in_ms, Task task, std::uint16_t index, std::uint32_t turn,
            std::uint64_t value);
  void run_errand(const Errand& errand);
  [[nodiscard]] bool strikes(Fault fault, std::uint64_t subject, std::uint64_t nth);
  void log(Happening what, std::uint8_t detail, std::uint16_t delivery, std::uint16_t key,
           std::uint64_t a, std::uint64_t b, std::uint16_t content = nobody);
  void trace(std::string_view bytes);
  [[nodiscard]] std::uint64_t subject_of(std::uint16_t delivery) const;
  [[nodiscard]] std::uint64_t wall_ms() const { return log_.epoch_ms + now_ms_; }
  void plan_faults();
  void strike_world(Fault fault, std::uint64_t nth);
  void redeploy(std::uint64_t nth);
  void heal();

  // Senders and attackers: world_senders.cpp
  void sender_sends(std::uint16_t index);
  void attacker_sends(std::uint16_t index);
  void post(const DeliveryFact& fact, Delivery bytes);
  void sender_hears(std::uint16_t delivery, std::uint64_t status);
  void sender_gives_up(std::uint16_t delivery);
  void retry(Sender& sender);
  [[nodiscard]] Sender& sender_of(std::uint16_t number);

  // Operators: world_operators.cpp
  void operators_notice(std::uint16_t place, std::uint16_t source, const LedgerResult& result);
  void operator_acts(std::uint16_t index, std::uint64_t place);
  void operator_tries(std::uint16_t index);
  [[nodiscard]] static bool wants(Order order, std::uint8_t state);
  void order_arrives(std::uint16_t index, std::uint64_t nth, std::uint8_t twin_bit);
  void administer(std::uint16_t place, Order order, std::uint8_t twin_bit, std::uint64_t subject,
                  std::uint64_t nth);

  // Hosts: world_hosts.cpp
  void delivery_arrives(std::uint16_t index);
  void take(std::uint16_t index, const std::string& frame);
  void resume(std::uint16_t index, std::string_view outcome);
  void perform(std::uint16_t index);
  void forward(std::uint16_t index, const Forward& effect);
  void limit(std::uint16_t index);
  void answer(std::uint16_t index, std::uint16_t status);
  void module_failed(std::uint16_t index);
  void die(std::uint16_t index);
  void end(std::uint16_t index);

  // Deliveries that the store's object carries: world_carrying.cpp
  [[nodiscard]] bool carry(std::uint16_t index, const LedgerOperation& effect);
  void distrust(std::uint16_t index);
  void carry_arrives(std::uint16_t number);
  void give_back(Carry& carry);
  void carry_returns(std::uint16_t number);
  void carry_breaks(std::uint16_t number);
  [[nodiscard]] bool is_at_object(std::uint16_t index) const;
  [[nodiscard]] std::uint64_t clock_of(std::uint16_t index) const;
  [[nodiscard]] bool is_for_host(std::uint16_t index) const;
  void hand_back(std::uint16_t index);
  void restart_object();

  // The queue and its consumer: world_queue.cpp
  void accept(std::uint16_t index, const Accept& effect);
  LedgerResult apply_acceptance(Call& call, std::uint8_t twin_bit);
  void enqueue(std::uint16_t index, const Enqueue& effect);
  void send_message(Message message, std::uint64_t subject);
  void message_comes(std::uint16_t index);
  void begin_run(std::uint16_t message, const std::string& ticket, std::uint16_t accepted);
  void run_held(std::uint16_t index, std::uint64_t again_in_ms);
  void end_run(std::uint16_t index, std::optional<std::uint64_t> again_in_ms);
  void plan_sweep();
  void store_sweeps();
  void list_what_is_left();

  // Wires, store and origin: world_wires.cpp
  void send_call(std::uint16_t number, std::uint32_t timeout_ms);
  std::uint16_t make_call(std::uint16_t index, const LedgerOperation& effect, Verb verb);
  void call_arrives(std::uint16_t index);
  void twin_arrives(std::uint16_t index);
  void claim_waited(std::uint16_t index);
  void wake(std::uint16_t place);
  LedgerResult apply(Call& call, std::uint8_t twin_bit);
  void call_ends(const Errand& errand);
  void reply(std::uint16_t index, std::string outcome);
  void break_waiting_calls();
  void send_to_origin(std::uint16_t index, const Forward& effect, std::uint16_t key,
                      std::uint64_t attempt);
  void origin_acts(std::uint16_t index);
  void origin_answers(std::uint16_t index, std::uint64_t status);
  [[nodiscard]] std::uint16_t place_of(const std::string& shard, const std::string& key);
  [[nodiscard]] Store::Entry entry_of(const std::string& shard, const RowEntry& question,
                                      const std::optional<RowEntry>& copy);

  GateModel& gate_;
  const Scenario& scenario_;
  Dice dice_;
  Log log_;
  std::vector<Errand> agenda_;  // A heap.
  std::uint32_t planned_ = 0;
  std::uint64_t now_ms_ = 0;
  bool is_healed_ = false;

  std::vector<Sender> senders_;
  std::vector<Delivery> bytes_;  // By delivery.
  std::vector<Flight> flights_;  // By delivery.
  std::vector<Call> calls_;
  std::vector<Carry> carries_;
  std::vector<Message> messages_;
  std::vector<Sent> sent_;
  std::vector<std::string> places_;           // By place: shard and key.
  std::vector<std::uint64_t> last_attempts_;  // The largest that each origin has seen of each key.
  std::size_t version_ = 0;
  std::size_t object_version_ = 0;     // Some time behind.
  std::uint16_t object_forwards_ = 0;  // Those that wait.
  /// By isolate: until then, by the hosts' clock, it hands nothing over.
  std::array<std::uint64_t, 2> trusts_again_ms_{};
  SkewedClock host_clock_;
  SkewedClock store_clock_;
  Store store_;
  bool store_is_out_ = false;
  std::uint64_t last_sent_ms_ = 0;
  std::uint64_t sweeps_at_ms_ = 0;          // 0: no sweep is planned.
  std::vector<std::uint8_t> destinations_;  // By place.
  std::vector<std::uint16_t> row_sources_;  // By place; nobody where the store was never asked.
  std::vector<std::uint16_t> contents_;     // By place: of a copy that of its content, else nobody.
  std::vector<GivenOrder> orders_;
  std::uint16_t changes_ = 0;  // Of rows.
  std::uint16_t deaths_ = 0;
};

}  // namespace postern::harness::simulate
