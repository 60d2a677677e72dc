#include "postern/gate/step.h"

#include "postern/base/fields.h"
#include "postern/contract/effect_fields.h"
#include "postern/gate/ticket.h"

namespace postern::gate {

constinit Ticket blank_ticket;

StepBytes write_step(const Call& call, EffectKind kind, BodyNeed body_need, Bytes ticket,
                     const void* effect) {
  Writer step(call.output);
  step.u8(abi_version);
  step.u8(static_cast<std::uint8_t>(kind));
  step.u8(static_cast<std::uint8_t>(body_need));
  step.text16(text_of(ticket));
  write_listed(contract::fields_of(kind), effect, step);
  return {step.size()};
}

StepBytes finish_in(Call& call, EffectKind kind, const void* effect) {
  return write_step(call, kind, BodyNeed::none, {}, effect);
}

}  // namespace postern::gate
