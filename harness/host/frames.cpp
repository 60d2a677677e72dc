#include "harness/host/frames.h"

#include "harness/contract/frame_forms.h"

// What comes out of the module: steps, and what it says of a policy and of rows.

namespace postern::harness {
namespace {

Reader start(std::string_view bytes) {
  Reader reader(bytes_of(bytes));
  if (reader.u8() != abi_version) {
    reader.fail();
  }
  return reader;
}

void expect_finished(const Reader& reader, const char* what) {
  if (!reader.finished()) {
    malformed_answer(std::string("the module gave a malformed ") + what);
  }
}

/// One kind of operation for all that asks the ledger about one row.
struct AsEffect {
  Effect operator()(frame::Claim&& claim) const {
    LedgerOperation operation{.shard = std::move(claim.shard),
                              .key = std::move(claim.key),
                              .wait_ms = claim.wait_ms,
                              .operation = std::move(claim.operation),
                              .copy = {}};
    if (claim.copy.has_value()) {
      operation.copy = {.key = claim.copy->key, .ticket = {}, .operation = claim.copy->operation};
    }
    return operation;
  }
  Effect operator()(frame::Commit&& commit) const { return settlement(std::move(commit)); }
  Effect operator()(frame::Release&& release) const { return settlement(std::move(release)); }
  Effect operator()(auto&& effect) const { return std::move(effect); }

 private:
  static Effect settlement(auto&& told) {
    return LedgerOperation{.shard = std::move(told.shard),
                           .key = std::move(told.key),
                           .wait_ms = 0,
                           .operation = std::move(told.operation),
                           .copy = {}};
  }
};

/// Lists that are never empty, whatever their form allows.
bool is_whole(const frame::Effect& effect) {
  if (const auto* accept = std::get_if<Accept>(&effect)) {
    return !accept->entries.empty();
  }
  const auto* enqueue = std::get_if<Enqueue>(&effect);
  return enqueue == nullptr || (enqueue->kind == Enqueue::Kind::whole) == enqueue->keys.empty();
}

}  // namespace

Step decode_step(std::string_view bytes) {
  Reader reader = start(bytes);
  frame::StepHead head;
  read(reader, head);
  if (reader.failed()) {
    malformed_answer("the module refused the frame, or gave a malformed step");
  }
  frame::Effect effect = frame::read_effect(reader, head.kind);
  if (!is_whole(effect)) {
    reader.fail();
  }
  expect_finished(reader, "step");
  return {.kind = head.kind,
          .wants_body = head.wants_body,
          .ticket = std::move(head.ticket),
          .effect = std::visit(AsEffect(), std::move(effect))};
}

Configured decode_configured(std::string_view bytes) {
  Reader reader = start(bytes);
  Configured configured;
  read(reader, configured);
  expect_finished(reader, "answer to configure (or refused the policy)");
  return configured;
}

std::vector<std::string> setting_names(std::string_view policy) {
  Reader reader(bytes_of(policy));
  if (text_of(reader.raw(contract::policy_magic.size())) != contract::policy_magic) {
    malformed_answer("this is no compiled policy");
  }
  frame::PolicyHead head;
  read(reader, head);
  if (reader.failed()) {
    malformed_answer("the compiled policy is cut short");
  }
  return head.setting_names;
}

LedgerResult decode_ledger(std::string_view bytes) {
  Reader reader = start(bytes);
  LedgerResult result;
  read(reader, result);
  expect_finished(reader, "answer to a ledger call");
  return result;
}

}  // namespace postern::harness
