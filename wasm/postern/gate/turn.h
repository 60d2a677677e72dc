#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/wire.h"
#include "postern/gate/forward_fields.h"
#include "postern/gate/live_source.h"
#include "postern/gate/step_writer.h"
#include "postern/gate/ticket.h"
#include "postern/ledger/ledger.h"
#include "postern/policy/policy.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/event.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/verify.h"

namespace postern::gate {

/// What stays the same for all deliveries.
struct Configuration {
  const policy::Policy* policy = nullptr;
  std::span<const LiveSource> sources;
  /// The keys that sign forwards, by slot; null for other slots.
  std::span<const scheme::Key* const> forward_keys;
  /// How many HMAC keys there are: those that sign forwards, by slot, then those of the sources.
  std::uint16_t hmac_keys = 0;
  /// CRC-32 of the policy file: says which policy a ticket's numbers mean.
  std::uint32_t policy_id = 0;
};

/// One call's work on one delivery: it goes on from where the ticket stands until it needs the host
/// or is done. Each function below gives the step to hand out; an empty one means that the frame
/// was malformed. The order of the functions is the way of a delivery.
class Turn {
 public:
  /// Not inlined: the initial values would stand in the module twice.
  [[gnu::noinline]] Turn(const Configuration& configuration, Arena& arena, MutableBytes output);

  enum class BodySize : std::uint8_t { within_limit = 0, over_limit = 1 };

  /// `begin` takes a delivery as it arrived.
  [[nodiscard]] Bytes begin(const http::Delivery& delivery, BodySize body_size,
                            std::span<const std::byte, token_bytes> token);

  /// `resume` goes on from `ticket` with the outcome of the effect that it waits for. `body` is
  /// there when the last step asked for it.
  [[nodiscard]] Bytes resume(const Ticket& ticket, std::optional<Bytes> body, Effect effect,
                             Reader& outcome, std::uint64_t now_ms);

 private:
  struct AnswerParts {
    std::span<const http::Header> headers;
    Bytes body;
  };

  // Structure
  [[nodiscard]] bool find_place();
  [[nodiscard]] Reason structural_fault(BodySize body_size) const;
  [[nodiscard]] bool is_delivery_method() const;
  [[nodiscard]] bool is_challenge_method() const;
  [[nodiscard]] bool has_unexpected_body() const;
  [[nodiscard]] bool keep_headers(std::span<const http::Header> all);

  // Admission
  [[nodiscard]] Reason admission_fault() const;
  [[nodiscard]] Bytes ask_for_limit(Phase phase);
  [[nodiscard]] Bytes on_limit(Reader& outcome);
  [[nodiscard]] std::string_view bucket() const;
  [[nodiscard]] bool is_observable() const;
  [[nodiscard]] Bytes observe();

  // Authenticity
  [[nodiscard]] Bytes authenticate();
  /// Reads the claims into `claims_` and gives the trials that they ask for; the same ones in each
  /// call on a delivery. Refuses: as `read_claims`, then as `plan_trials`.
  [[nodiscard]] Result<std::span<const scheme::Trial>, Reason> read_trials();
  [[nodiscard]] Bytes plan();
  [[nodiscard]] Bytes ask_for_macs(std::span<const scheme::Trial> trials);
  [[nodiscard]] Bytes ask_for_key();
  [[nodiscard]] Bytes ask_for_checks(std::span<const scheme::Trial> trials, Bytes fetched_key);
  [[nodiscard]] Bytes on_macs(Reader& outcome);
  [[nodiscard]] Bytes on_key(Reader& outcome);
  [[nodiscard]] Bytes on_checks(Reader& outcome);
  [[nodiscard]] Bytes judge(std::span<const scheme::Trial> trials,
                            const scheme::TrialResults& results);
  [[nodiscard]] std::span<Bytes> compute_macs(std::span<const scheme::Trial> trials);
  [[nodiscard]] std::size_t checks_of(std::span<const scheme::Trial> trials) const;
  [[nodiscard]] bool is_checked(const scheme::Trial& trial,
                                const scheme::Candidate& candidate) const;

  // Meaning
  [[nodiscard]] Bytes identify(const scheme::Authentic& authentic);
  [[nodiscard]] Bytes identify_again();
  [[nodiscard]] Bytes on_digests(Reader& outcome);
  [[nodiscard]] Bytes ask_for_digests(std::span<const scheme::IdentityDigest> digests);
  [[nodiscard]] Bytes ask_for_body(Phase phase);
  [[nodiscard]] Bytes route(const scheme::Authentic& authentic, const scheme::EventRule& rule,
                            std::span<const Bytes> digests);
  /// Hands an event that has a route to the ledger: to claim it, or to keep it.
  [[nodiscard]] Bytes take_in();
  /// Each delivery is an event of its own, which the ledger need not know.
  [[nodiscard]] bool is_unidentified() const;

  // Ledger and origin
  [[nodiscard]] Bytes claim(ledger::Verb verb);
  [[nodiscard]] Bytes on_claim(Reader& outcome);
  /// How a delivery gets to its origin: while its sender waits, or by way of the queue's store.
  enum class Way : std::uint8_t { at_once = 0, stored = 1 };
  /// Whether an origin gets a header of that name on that way.
  [[nodiscard]] bool goes_on(std::string_view name, Way way) const;
  [[nodiscard]] Bytes sign_forward();
  [[nodiscard]] Bytes on_forward_signature(Reader& outcome);
  [[nodiscard]] bool is_too_late_to_forward() const;
  [[nodiscard]] ForwardFields forward_fields() const;
  [[nodiscard]] std::string_view key_text() const;
  [[nodiscard]] std::string_view time_text() const;
  /// Values of the headers `webhook-signature` and `postern-signature`.
  struct Signatures {
    std::string_view of_body;
    std::string_view of_fields;
  };
  [[nodiscard]] Signatures sign_fields(std::string_view url, const ForwardFields& fields,
                                       std::span<const Bytes> macs) const;
  /// `macs` are those of the gate's first signature, one for each signer of the destination; empty
  /// for a forward that is not signed.
  [[nodiscard]] Bytes forward(std::span<const Bytes> macs);
  [[nodiscard]] const LiveDestination& destination() const;
  [[nodiscard]] std::string_view signed_query() const;
  [[nodiscard]] std::string_view forward_url() const;
  [[nodiscard]] Bytes on_forward(Reader& outcome);
  [[nodiscard]] Bytes on_origin_answer(Reader& outcome);
  [[nodiscard]] Bytes on_forward_failed(Reason reason);
  void judge_forward(Verdict verdict, Reason reason);
  [[nodiscard]] Bytes tell(const AnswerParts& parts);
  [[nodiscard]] Bytes on_ledger_down();
  [[nodiscard]] Bytes on_taken(const ledger::Reply& reply);
  [[nodiscard]] Bytes settle();
  [[nodiscard]] Bytes on_settled(Reader& outcome);
  [[nodiscard]] Bytes finish();

  // Queue
  [[nodiscard]] Bytes accept();
  [[nodiscard]] Bytes on_accept(Reader& outcome);
  [[nodiscard]] Bytes enqueue_references();
  [[nodiscard]] Bytes enqueue_whole();
  [[nodiscard]] Bytes on_enqueue(Reader& outcome);
  /// A queue brings a stored ticket back, with a token for this run.
  [[nodiscard]] Bytes drive(Reader& outcome);
  [[nodiscard]] Bytes route_again();
  [[nodiscard]] Bytes run();
  [[nodiscard]] Bytes on_take(Reader& outcome);
  [[nodiscard]] bool are_attempts_over() const;
  [[nodiscard]] const policy::Retry& schedule() const;
  [[nodiscard]] ledger::Verb plan_next_run();
  [[nodiscard]] Bytes end_run(const std::optional<ledger::Reply>& reply);
  [[nodiscard]] Bytes retry_later(std::uint64_t delay_ms);
  [[nodiscard]] Bytes retry_whole(Reason reason);
  [[nodiscard]] std::uint64_t elapsed_ms() const;  // Since the delivery arrived.
  void aim_at(std::size_t destination);
  /// Of the one that this run is for; empty when it is for all of them, or for none that is left.
  [[nodiscard]] std::string_view destination_name() const;
  [[nodiscard]] Bytes stored_ticket(MutableBytes room);
  [[nodiscard]] scheme::EventKey row_key() const;

  // Steps
  /// Starts the step that asks for `effect` and waits in `phase` for its outcome.
  [[nodiscard]] Writer ask_for(Effect effect, Phase phase, BodyNeed need);
  /// A delivery's last step, when nothing is in it but the record.
  [[nodiscard]] Bytes end_with(Effect effect);
  /// Says in a step which row the ledger has of the event.
  void write_row_name(Writer& step) const;
  /// The verb that asks for an event, under its hint.
  [[nodiscard]] ledger::Operation question(ledger::Verb verb) const;
  /// Says in a step whether a copy's own row is to be asked where the event stands elsewhere. If
  /// so, `operation` is what to ask of it, and the ticket is a copy's until that is written.
  [[nodiscard]] bool turns_to_copy(ledger::Operation& operation, Writer& step);

  // Ends
  [[nodiscard]] Bytes refuse_with(Reason reason);
  [[nodiscard]] Bytes end(Verdict verdict, Reason reason, std::uint16_t status);
  enum class Settling : std::uint8_t { done = 0, pending = 1 };
  [[nodiscard]] Bytes answer(const AnswerParts& parts, Settling settling);
  /// The body that a sender of this source wants to read with its 200.
  [[nodiscard]] AnswerParts acknowledgement() const;
  [[nodiscard]] Bytes handshake(const scheme::ChallengeReply& reply);
  [[nodiscard]] std::string_view record();

  // What the source wants
  /// Empty where the provider's file says.
  [[nodiscard]] std::span<const scheme::IdentityPart> chosen_identity() const;
  /// Empty where there is none.
  [[nodiscard]] std::span<const scheme::IdentityPart> identity_by(
      const scheme::EventRule& rule) const;
  [[nodiscard]] bool fields_need_body() const;
  [[nodiscard]] bool is_sent_form() const;
  [[nodiscard]] scheme::Window window() const;
  [[nodiscard]] bool claims_need_body() const;
  [[nodiscard]] bool host_hashes(std::span<const scheme::Piece> pieces) const;
  [[nodiscard]] std::string_view shard() const;
  [[nodiscard]] Bytes secret_of(const scheme::ProofSeal& seal) const;
  [[nodiscard]] const policy::Route* chosen_route() const;

  const Configuration& configuration_;
  Arena& arena_;
  MutableBytes output_;
  Ticket ticket_;
  const LiveSource* source_ = nullptr;
  scheme::Reading* reading_ = nullptr;
  scheme::Claims claims_;
  std::uint64_t now_ms_ = 0;
  bool has_kept_headers_ = false;
  bool is_authentic_ = false;
  bool has_event_ = false;
};

/// Reads what came of a ledger effect: a reply, or none where the ledger could not be asked. False
/// when it is malformed.
[[nodiscard]] bool read_ledger_outcome(Reader& outcome, std::optional<ledger::Reply>& reply);

/// As a `Retry-After` has it: rounded up, between one second and an hour.
[[nodiscard]] std::uint32_t seconds_of(std::uint64_t ms);

}  // namespace postern::gate
