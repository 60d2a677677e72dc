#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "gate_support.h"
#include "postern/gate/ticket.h"

// Policies with several routes and destinations, the ledger's replies as literal bytes, and the
// effects of queue mode taken apart by docs/ABI.md.

namespace postern::testing_support {

/// `SamplePolicy` with routes of its own choice. Texts must outlive it.
class RoutesPolicy : public SamplePolicy {
 public:
  policy::Route& add(policy::Deliver deliver, std::vector<std::string_view> destinations) {
    auto& made_to = destinations_.emplace_back();
    for (const std::string_view text : destinations) {
      made_to.push_back({.to = {.text = text}, .signers = {}});
    }
    policy::Route& made = routes_.emplace_back(route);
    made.events = globs;
    made.to = made_to;
    made.deliver = deliver;
    if (deliver == policy::Deliver::queue) {
      made.retry = {.kind = policy::RetryKind::exponential,
                    .jitter_percent = 0,
                    .attempts = 3,
                    .first_ms = 1000,
                    .longest_ms = 8000,
                    .horizon_ms = 3'600'000,
                    .delays_ms = {}};
    }
    return made;
  }
  policy::Route& add_answer() {
    policy::Route& made = add(policy::Deliver::proxy, {});
    made.kind = policy::RouteKind::answer;
    made.timeout_ms = 0;
    return made;
  }
  [[nodiscard]] policy::Policy policy() {
    policy::Policy made = SamplePolicy::policy();
    for (std::vector<policy::Destination>& of_route : destinations_) {
      for (policy::Destination& destination : of_route) {
        destination.signers = signers;
      }
    }
    routes_copy_.assign(routes_.begin(), routes_.end());
    source.routes = routes_copy_;
    return made;
  }

 private:
  std::deque<std::vector<policy::Destination>> destinations_;
  std::deque<policy::Route> routes_;
  std::vector<policy::Route> routes_copy_;
};

// What an effect of the ledger comes back with.
inline const std::string unavailable(1, '\0');

struct ReplyFields {
  std::uint8_t answer = 0;
  std::uint64_t epoch = 0;
  std::uint8_t maybe_duplicate = 0;
  std::uint64_t wait_ms = 0;
  std::uint16_t status = 0;
  std::uint16_t attempts = 0;
  std::uint8_t is_copy = 0;
};

[[nodiscard]] inline std::string replied(const ReplyFields& fields) {
  Frame reply;
  reply.u8(3).u8(fields.answer).u64(fields.epoch).u8(fields.maybe_duplicate).u64(fields.wait_ms);
  reply.u16(fields.status).u16(fields.attempts).u8(fields.is_copy);
  return Frame().u8(1).text16(reply.bytes()).bytes();
}

inline const std::string busy_7s = replied({.answer = 2, .wait_ms = 7000});
inline const std::string duplicate_200 = replied({.answer = 3, .status = 200});
inline const std::string stored = replied({.answer = 4});
inline const std::string ignored = replied({.answer = 5});
inline const std::string accepted = replied({.answer = 6});

[[nodiscard]] inline std::string granted_after(std::uint16_t attempts) {
  return replied({.answer = 1, .epoch = 9, .attempts = attempts});
}

[[nodiscard]] inline std::string origin_said(std::uint16_t status, const HeaderList& headers = {}) {
  const auto value_of = [&](std::string_view wanted) {
    const auto found =
        std::ranges::find_if(headers, [&](const auto& header) { return header.first == wanted; });
    return found == headers.end() ? std::string() : found->second;
  };
  return Frame()
      .u8(1)
      .u16(status)
      .text16(value_of("content-type"))
      .text16(value_of("retry-after"))
      .bytes32("body of the origin")
      .bytes();
}

/// An operation as the ledger gets it.
struct OperationFields {
  std::uint8_t verb = 0;
  std::string owner = std::string(16, '\0');
  std::uint32_t lease_ms = 0;
  std::uint64_t retain_ms = 0;
  std::uint64_t epoch = 0;
  std::uint16_t status = 0;
  std::uint8_t unknown = 0;
  std::uint32_t delay_ms = 0;
};

[[nodiscard]] inline std::string operation(const OperationFields& fields) {
  Frame frame;
  frame.u8(3).u8(fields.verb).raw(fields.owner).u32(fields.lease_ms).u64(fields.retain_ms);
  frame.u64(fields.epoch).u16(fields.status).u8(fields.unknown).u32(fields.delay_ms);
  // No hint: the identity of the sample is the sender's own, and its content has no copies.
  return frame.raw(std::string(16, '\0')).u16(0).u8(0).bytes();
}

/// `claim`, `commit` and `release`.
struct LedgerFields {
  std::string shard;
  std::string key;
  std::uint32_t wait_ms = 0;
  std::string operation;
};

[[nodiscard]] inline LedgerFields read_ledger_effect(const Step& step) {
  Reader reader(bytes_of(step.payload));
  LedgerFields fields;
  fields.shard = reader.text16();
  fields.key = owned(reader.raw(32));
  fields.wait_ms = step.effect == gate::EffectKind::claim ? reader.u32() : 0;
  fields.operation = reader.text16();
  if (step.effect == gate::EffectKind::claim && reader.u8() == 1) {  // What to do about a copy.
    static_cast<void>(reader.raw(32));
    static_cast<void>(reader.text16());
  }
  EXPECT_TRUE(reader.finished());
  return fields;
}

struct AcceptFields {
  std::string shard;
  std::vector<std::string> keys;
  std::vector<std::string> tickets;
  std::vector<std::string> tickets_of_copies;
  std::string operation;  // Of the last entry.
};

[[nodiscard]] inline AcceptFields read_accept(const Step& step) {
  EXPECT_EQ(step.effect, gate::EffectKind::accept);
  Reader reader(bytes_of(step.payload));
  AcceptFields fields;
  fields.shard = reader.text16();
  for (int left = reader.u8(); left > 0; --left) {
    fields.keys.push_back(owned(reader.raw(32)));
    fields.tickets.emplace_back(reader.text16());
    fields.operation = reader.text16();
    if (reader.u8() == 1) {  // The entry of a copy.
      static_cast<void>(reader.raw(32));
      fields.tickets_of_copies.emplace_back(reader.text16());
      static_cast<void>(reader.text16());
    }
  }
  EXPECT_TRUE(reader.finished());
  return fields;
}

struct EnqueueFields {
  bool is_whole = false;
  std::string shard;
  std::vector<std::string> keys;
  std::string ticket;
};

[[nodiscard]] inline EnqueueFields read_enqueue(const Step& step) {
  EXPECT_EQ(step.effect, gate::EffectKind::enqueue);
  Reader reader(bytes_of(step.payload));
  EnqueueFields fields;
  fields.is_whole = reader.u8() == 1;
  if (fields.is_whole) {
    fields.ticket = reader.text16();
  } else {
    fields.shard = reader.text16();
    for (int left = reader.u8(); left > 0; --left) {
      fields.keys.push_back(owned(reader.raw(32)));
    }
  }
  EXPECT_TRUE(reader.finished());
  return fields;
}

struct SentForward {
  std::string method;
  std::string url;
  HeaderList headers;

  [[nodiscard]] std::string header(std::string_view wanted) const {
    for (const auto& [name, value] : headers) {
      if (name == wanted) {
        return value;
      }
    }
    return "(none)";
  }
};

[[nodiscard]] inline SentForward read_forward(const Step& step) {
  EXPECT_EQ(step.effect, gate::EffectKind::forward);
  Reader reader(bytes_of(step.payload));
  SentForward fields;
  fields.method = reader.text16();
  fields.url = reader.text16();
  fields.headers.resize(reader.u16());
  for (auto& [name, value] : fields.headers) {
    name = reader.text16();
    value = reader.text16();
  }
  static_cast<void>(reader.u32());
  static_cast<void>(reader.u32());
  EXPECT_TRUE(reader.finished());
  return fields;
}

/// How a run ended.
struct EndFields {
  gate::EffectKind effect = gate::EffectKind::finish;
  std::uint32_t delay_ms = 0;
  nlohmann::json record;
};

[[nodiscard]] inline EndFields read_end(const Step& step) {
  Reader reader(bytes_of(step.payload));
  EndFields end{.effect = step.effect, .record = {}};
  EXPECT_TRUE(step.ticket.empty());
  end.delay_ms = step.effect == gate::EffectKind::retry_later ? reader.u32() : 0;
  end.record = nlohmann::json::parse(owned(reader.bytes32()), nullptr, false);
  EXPECT_TRUE(reader.finished());
  EXPECT_TRUE(end.record.is_object());
  if (!end.record.is_object()) {
    end.record = nlohmann::json::object();
  }
  return end;
}

/// One delivery of `Gate`, step by step; fails the test at the first frame that is not one.
class Way {
 public:
  Way(Gate& gate, std::string body) : gate_(gate), body_(std::move(body)) {}

  Step begin(const Request& request) { return taken(gate_.begin(begin_frame(request))); }

  /// A queue brings the stored `ticket`; the run's token begins with the number `random`.
  Step drive(const std::string& ticket, std::uint32_t random = 0) {
    last_ = {.effect = gate::EffectKind::retry_later, .ticket = ticket, .payload = {}};
    owner = Frame().u32(random).raw(std::string(12, 'o')).bytes();
    return go_on(owner);
  }

  Step go_on(std::string_view outcome) { return taken(try_with(outcome)); }

  /// The frame that comes of `outcome`, without taking it as the next step.
  [[nodiscard]] std::string try_with(std::string_view outcome) {
    Frame frame;
    frame.u8(1).u64(at_ms).bytes32(last_.ticket).u8(last_.wants_body ? 1 : 0);
    if (last_.wants_body) {
      frame.bytes32(body_);
    }
    frame.u8(static_cast<std::uint8_t>(last_.effect)).raw(outcome);
    return gate_.resume(frame.bytes());
  }

  std::uint64_t at_ms = now_ms;
  std::string owner;

 private:
  Step taken(const std::string& frame) {
    const auto step = read_step(frame);
    EXPECT_TRUE(step.has_value()) << "refused a frame of a good host";
    last_ = step.value_or(Step{});
    return last_;
  }

  Gate& gate_;
  std::string body_;
  Step last_;
};

/// The row of the event of `sample_body`: SHA-256("postern1" || LP(source) || LP(identity)).
[[nodiscard]] inline std::string sample_key() {
  return sha256("postern1" + Frame().u32(6).raw("sample").u32(5).raw("evt_1").bytes());
}

/// CRC-32 as ISO 3309 has it, bit by bit.
[[nodiscard]] inline std::uint32_t crc32_by_bits(std::string_view text) {
  std::uint32_t crc = UINT32_MAX;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

/// The row of a destination that is not the first.
[[nodiscard]] inline std::string key_of_destination(std::string_view to) {
  return sha256("postern1.to" + sample_key() + Frame().u32(crc32_by_bits(to)).bytes());
}

}  // namespace postern::testing_support
