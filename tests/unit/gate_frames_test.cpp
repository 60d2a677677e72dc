#include <gtest/gtest.h>

#include "gate_support.h"
#include "postern/gate/ticket.h"
#include "postern/ledger/ledger.h"

// Frames that no host should send: cut off, changed by a byte, of another phase, of another policy.
// The machine must answer with nothing or decide as it would have; it must never trap.

namespace postern::gate {
namespace {

using namespace testing_support;

/// What a byte is changed by: each of its bits, and all.
constexpr std::array changes = {1, 2, 4, 8, 16, 32, 64, 128, 255};

/// What a ledger answers to a claim: a granted lease.
std::string granted() {
  ledger::Reply reply;
  reply.answer = ledger::Answer::granted;
  reply.epoch = 7;
  std::array<std::byte, ledger::reply_bytes_max> room;
  return Frame().u8(1).text16(text_of(ledger::encode_reply(reply, room))).bytes();
}

std::string done() {
  ledger::Reply reply;
  reply.answer = ledger::Answer::done;
  std::array<std::byte, ledger::reply_bytes_max> room;
  return Frame().u8(1).text16(text_of(ledger::encode_reply(reply, room))).bytes();
}

std::string origin_said(int status) {
  return Frame()
      .u8(1)
      .u16(static_cast<std::uint64_t>(status))
      .text16("text/plain")
      .text16("")
      .bytes32("ok")
      .bytes();
}

/// One resume frame of a delivery's way, with the effect that it answers.
struct Stage {
  EffectKind effect;
  std::optional<std::string> body;
  std::string ticket;
  std::string outcome;
  [[nodiscard]] std::string frame() const { return resume_frame(ticket, effect, body, outcome); }
};

bool is_exit(const std::string& frame) {
  const auto step = read_step(frame);
  return step.has_value() &&
         (step->effect == EffectKind::claim || step->effect == EffectKind::forward ||
          step->effect == EffectKind::commit);
}

/// The outcome of each effect, for a delivery that goes all the way. MACs by OpenSSL.
std::string outcome_of(const Step& step, const std::string& body) {
  switch (step.effect) {
    case EffectKind::mac: {
      const std::string time = std::to_string(now_ms / 1000);
      Reader reader(bytes_of(step.payload));
      static_cast<void>(reader.u16());
      static_cast<void>(reader.u8());
      const bool is_digest = reader.u16() == no_key;
      const std::string mac =
          is_digest ? sha256(body) : hmac(EVP_sha256(), sample_secret, time + "." + body);
      return Frame().u8(1).u16(1).text16(mac).bytes();
    }
    case EffectKind::claim:
      return granted();
    case EffectKind::forward:
      return origin_said(200);
    case EffectKind::commit:
    case EffectKind::release:
      return done();
    default:
      return "";
  }
}

/// The whole way of one delivery, as the resume frames that a good host sends.
std::vector<Stage> way_of(Gate& gate, const Request& request) {
  std::vector<Stage> stages;
  auto step = read_step(gate.begin(begin_frame(request)));
  while (step.has_value() && !step->ticket.empty() && stages.size() < 16) {
    stages.push_back({step->effect, step->wants_body ? std::optional(request.body) : std::nullopt,
                      step->ticket, outcome_of(*step, request.body)});
    step = read_step(gate.resume(stages.back().frame()));
  }
  EXPECT_TRUE(step.has_value());
  EXPECT_EQ(step->effect, EffectKind::finish);
  return stages;
}

/// A body above `mac_inline_bytes_max`, so that the host does the hashing.
std::string large_body() {
  return R"({"id":"evt_1","type":"order.created","text":")" +
         std::string(mac_inline_bytes_max, 'x') + "\"}";
}

Request large_request() {
  Request request = sample_request(large_body());
  request.has_body = false;
  return request;
}

class Frames : public testing::Test {
 protected:
  Frames() { EXPECT_FALSE(gate.configured.empty()); }
  SamplePolicy sample;
  Gate gate{sample.policy(), {std::string(sample_secret)}};
};

TEST_F(Frames, CarryADeliveryFromBeginToFinish) {
  const auto stages = way_of(gate, sample_request(std::string(sample_body)));
  ASSERT_EQ(stages.size(), 4U);
  EXPECT_EQ(stages[0].effect, EffectKind::claim);
  EXPECT_EQ(stages[1].effect, EffectKind::forward);
  EXPECT_EQ(stages[2].effect, EffectKind::answer);
  EXPECT_EQ(stages[3].effect, EffectKind::commit);
  const auto longer = way_of(gate, large_request());
  ASSERT_EQ(longer.size(), 5U);
  EXPECT_EQ(longer[0].effect, EffectKind::mac);
  EXPECT_TRUE(longer[0].body.has_value());
}

/// The sample's lease has 2 s over the origin's time limit, and docs/DUPLICATES.md gives a forward
/// three fifths of that to begin, counted from when the claim was sent.
TEST_F(Frames, ThatBringAClaimTooLateEndInAReleaseAndNotInAForward) {
  const Stage claim = way_of(gate, sample_request(std::string(sample_body)))[0];
  const auto resumed_at = [&](std::uint64_t at_ms) {
    return gate.resume(std::string(claim.frame()).replace(1, 8, Frame().u64(at_ms).bytes()));
  };
  EXPECT_EQ(read_step(resumed_at(now_ms + 1200)).value().effect, EffectKind::forward);
  const Step answer = read_step(resumed_at(now_ms + 1201)).value();
  ASSERT_EQ(answer.effect, EffectKind::answer);
  EXPECT_EQ(answer.payload.substr(0, 3), std::string("\x00\xF7\x01", 3));  // Not final, 503.
  const auto settled =
      read_step(gate.resume(resume_frame(answer.ticket, EffectKind::answer, {}, "")));
  EXPECT_EQ(settled.value().effect, EffectKind::release);
}

TEST_F(Frames, ThatSayThatTheHostCannotHashEndInA503) {
  Stage macs = way_of(gate, large_request())[0];
  macs.outcome = Frame().u8(0).bytes();
  const auto step = read_step(gate.resume(macs.frame()));
  ASSERT_TRUE(step.has_value());
  const AnswerFields answer = read_answer(*step);
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.record.contains("crypto_unavailable")) << answer.record;
}

TEST_F(Frames, OfBeginAreRefusedWhereverTheyAreCut) {
  const std::string frame = begin_frame(sample_request(std::string(sample_body)));
  ASSERT_TRUE(is_exit(gate.begin(frame)));
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(gate.begin(frame.substr(0, size)), "") << size;
  }
  EXPECT_EQ(gate.begin(frame + '\0'), "");
}

/// Where a change makes no difference to what is signed and where it is looked for.
bool may_be_let_in(const std::string& frame, const std::string& changed) {
  const auto fields = [](const std::string& bytes) {
    Reader reader(bytes_of(bytes));
    static_cast<void>(reader.raw(1 + 8 + 16 + 1));  // Time is held by its bounds, below.
    std::vector<std::string> texts;
    for (int i = 0; i < 3; ++i) {
      texts.emplace_back(reader.text16());  // Method, path, query.
    }
    texts.pop_back();
    static_cast<void>(reader.text16());  // The client's address.
    const std::size_t headers = reader.u16();
    for (std::size_t i = 0; i < headers && !reader.failed(); ++i) {
      const std::string name(reader.text16());
      const std::string value(reader.text16());
      if (name == "x-signature" || name == "x-time") {
        texts.push_back(name + value);
      }
    }
    texts.push_back(std::to_string(reader.u64()));
    texts.push_back(owned(reader.bytes32()));
    return reader.finished() ? texts : std::vector<std::string>{};
  };
  Reader time(bytes_of(changed).subspan(1));
  const std::uint64_t at_ms = time.u64();
  const bool is_in_time = at_ms / 1000 <= now_ms / 1000 + 300 && at_ms / 1000 + 60 >= now_ms / 1000;
  return is_in_time && fields(frame) == fields(changed);
}

TEST_F(Frames, OfBeginThatDifferInAByteNeverLetMoreIn) {
  const std::string frame = begin_frame(sample_request(std::string(sample_body)));
  std::size_t let_in = 0;
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (const int change : changes) {
      std::string changed = frame;
      changed[at] = static_cast<char>(changed[at] ^ change);
      if (is_exit(gate.begin(changed))) {
        ++let_in;
        EXPECT_TRUE(may_be_let_in(frame, changed)) << "byte " << at << " by " << change;
      }
    }
  }
  EXPECT_GT(let_in, 0U);  // Of what nobody signs, such as the content type.
}

TEST_F(Frames, OfForgedDeliveriesNeverLetThemIn) {
  Request request = sample_request(std::string(sample_body));
  request.headers[1].second[0] = request.headers[1].second[0] == '0' ? '1' : '0';
  const std::string frame = begin_frame(request);
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (const int change : changes) {
      std::string changed = frame;
      changed[at] = static_cast<char>(changed[at] ^ change);
      const bool is_mended = changed == begin_frame(sample_request(std::string(sample_body)));
      EXPECT_TRUE(is_mended || !is_exit(gate.begin(changed))) << "byte " << at << " by " << change;
    }
  }
}

TEST_F(Frames, OfResumeAreRefusedWhereverTheyAreCut) {
  for (const Request& request : {sample_request(std::string(sample_body)), large_request()}) {
    for (const Stage& stage : way_of(gate, request)) {
      const std::string frame = stage.frame();
      ASSERT_NE(gate.resume(frame), "");
      for (std::size_t size = 0; size < frame.size(); ++size) {
        EXPECT_EQ(gate.resume(frame.substr(0, size)), "") << size;
      }
      EXPECT_EQ(gate.resume(frame + "x"), "");
    }
  }
}

TEST_F(Frames, OfResumeSurviveEveryChangedByte) {
  for (const Request& request : {sample_request(std::string(sample_body)), large_request()}) {
    for (const Stage& stage : way_of(gate, request)) {
      const std::string frame = stage.frame();
      for (std::size_t at = 0; at < frame.size(); ++at) {
        for (const int change : changes) {
          std::string changed = frame;
          changed[at] = static_cast<char>(changed[at] ^ change);
          static_cast<void>(gate.resume(changed));
        }
      }
    }
  }
}

TEST_F(Frames, WithAWrongMacNeverLetADeliveryIn) {
  const Stage stage = way_of(gate, large_request()).front();
  ASSERT_TRUE(is_exit(gate.resume(stage.frame())));
  for (std::size_t at = 5; at < stage.outcome.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Stage changed = stage;
      changed.outcome[at] = static_cast<char>(changed.outcome[at] ^ (1 << bit));
      EXPECT_FALSE(is_exit(gate.resume(changed.frame()))) << at;
    }
  }
  for (const std::string& outcome :
       {Frame().u8(0).bytes(), Frame().u8(1).u16(0).bytes(),
        Frame().u8(1).u16(1).text16("").bytes(), Frame().u8(1).u16(2).text16("").text16("").bytes(),
        Frame().u8(2).u16(1).text16(std::string(32, '\0')).bytes()}) {
    Stage changed = stage;
    changed.outcome = outcome;
    EXPECT_FALSE(is_exit(gate.resume(changed.frame())));
  }
}

TEST_F(Frames, OfAnotherEffectThanTheTicketWaitsForAreRefused) {
  for (const Request& request : {sample_request(std::string(sample_body)), large_request()}) {
    for (const Stage& stage : way_of(gate, request)) {
      for (int kind = 0; kind < 256; ++kind) {
        const auto effect = static_cast<EffectKind>(kind);
        if (effect != stage.effect) {
          EXPECT_EQ(gate.resume(resume_frame(stage.ticket, effect, stage.body, stage.outcome)), "");
        }
      }
    }
  }
}

TEST_F(Frames, WithABodyOfAnotherLengthAreRefused) {
  Request request = sample_request(std::string(sample_body));
  for (const std::uint64_t length :
       {std::uint64_t{0}, request.body.size() - 1, request.body.size() + 1, UINT64_MAX}) {
    request.body_length = length;
    EXPECT_EQ(gate.begin(begin_frame(request)), "");
  }
  const Stage stage = way_of(gate, large_request()).front();
  for (const std::string& body : {std::string(), large_body() + " ", large_body().substr(1)}) {
    EXPECT_EQ(gate.resume(resume_frame(stage.ticket, stage.effect, body, stage.outcome)), "");
  }
}

TEST_F(Frames, WithoutTheBodyThatWasAskedForAreRefused) {
  const Stage stage = way_of(gate, large_request()).front();
  ASSERT_TRUE(stage.body.has_value());
  EXPECT_EQ(gate.resume(resume_frame(stage.ticket, stage.effect, {}, stage.outcome)), "");
}

TEST_F(Frames, OfATicketOfAnotherPolicyAreRefused) {
  const auto stages = way_of(gate, sample_request(std::string(sample_body)));
  SamplePolicy other;
  other.source.retain_ms += 1;
  Gate other_gate(other.policy(), {std::string(sample_secret)});
  for (const Stage& stage : stages) {
    EXPECT_NE(gate.resume(stage.frame()), "");
    EXPECT_EQ(other_gate.resume(stage.frame()), "");
  }
}

TEST_F(Frames, OfConfigureSurviveEveryCutAndEveryChangedByte) {
  const std::string frame = gate.configure_frame;
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(gate.configure(frame.substr(0, size)), "") << size;
    EXPECT_EQ(gate.begin(begin_frame(sample_request(std::string(sample_body)))), "")
        << "a machine without a policy decides nothing";
  }
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (const int change : changes) {
      std::string changed = frame;
      changed[at] = static_cast<char>(changed[at] ^ change);
      if (!gate.configure(changed).empty()) {
        static_cast<void>(gate.begin(begin_frame(sample_request(std::string(sample_body)))));
        static_cast<void>(gate.begin(begin_frame(large_request())));
      }
    }
  }
}

TEST_F(Frames, OfTheLedgerSurviveEveryCutAndEveryChangedByte) {
  std::array<std::byte, ledger::operation_bytes_max> operation_room;
  const ledger::Operation operation{.verb = ledger::Verb::claim, .lease_ms = 5000};
  const std::string claim(text_of(ledger::encode_operation(operation, operation_room)));
  std::vector<std::byte> output(output_bytes_max);
  const auto call = [&](const std::string& frame) {
    return owned(ledger_call(bytes_of(frame), output));
  };
  const std::string first = call(Frame().u8(1).u64(now_ms).u64(0).text16("").text16(claim).bytes());
  ASSERT_NE(first, "");
  Reader reader(bytes_of(first));
  static_cast<void>(reader.raw(1 + 1 + 8));
  const std::string row(reader.text16());
  const std::string frame = Frame().u8(1).u64(now_ms + 1).u64(0).text16(row).text16(claim).bytes();
  ASSERT_NE(call(frame), "");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(call(frame.substr(0, size)), "");
  }
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = frame;
      changed[at] = static_cast<char>(value);
      static_cast<void>(call(changed));
    }
  }
}

TEST_F(Frames, AreRefusedBeforeThereIsAPolicy) {
  std::vector<std::byte> storage(config_storage_bytes(0));
  std::vector<std::byte> output(output_bytes_max);
  Machine machine(storage, output);
  std::vector<std::byte> room(call_storage_bytes(1000));
  EXPECT_TRUE(machine.begin(bytes_of(begin_frame({})), room).empty());
  EXPECT_TRUE(machine.resume(bytes_of(resume_frame("x", EffectKind::claim, {}, "")), room).empty());
}

}  // namespace
}  // namespace postern::gate
