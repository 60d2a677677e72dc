#pragma once

#include <span>

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/decision.h"
#include "postern/http/delivery.h"
#include "postern/scheme/challenge.h"

// How a delivery ends. Each of these gives the step to hand out.

namespace postern::gate {

/// What an answer has besides its status and the headers that are always there.
struct AnswerParts {
  std::span<const http::Header> headers;
  Bytes body;
};

/// The body that a sender of this source wants to read with its 200.
[[nodiscard]] AnswerParts acknowledgement(const Call& call);

/// `refuse_unseen` refuses what a source that observes does not let through either: nobody knows
/// what it is, or where it would go.
[[nodiscard]] StepBytes refuse_unseen(Call& call, Reason reason);

/// `turn_away` answers with that decision, whatever the source's mode.
[[nodiscard]] StepBytes turn_away(Call& call, const Decision& decision);

/// `refuse` answers with what `refusal` says of `reason`; a source that observes forwards it.
[[nodiscard]] StepBytes refuse(Call& call, Reason reason);

/// `end` answers with that decision; a source that observes forwards it.
[[nodiscard]] StepBytes end(Call& call, const Decision& decision);

/// `shake_hands` answers a probe of the provider's.
[[nodiscard]] StepBytes shake_hands(Call& call, const scheme::ChallengeReply& reply);

/// `answer_of` is the effect that tells the sender; `last_answer` the step with it, and with the
/// record, after which nothing follows.
[[nodiscard]] contract::Answer answer_of(Call& call, const Decision& decision,
                                         const AnswerParts& parts);
[[nodiscard]] StepBytes last_answer(Call& call, const Decision& decision, const AnswerParts& parts);

/// `record_of` is the text of the decision record. Borrows: from the call's arena.
[[nodiscard]] std::string_view record_of(const Call& call, const Decision& decision);

/// The methods of `policy::Source::methods`, as bits and as an `Allow` header lists them.
[[nodiscard]] bool is_delivery_method(const Call& call);

}  // namespace postern::gate
