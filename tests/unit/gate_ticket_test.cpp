#include <gtest/gtest.h>

#include "gate_support.h"
#include "postern/crypto/crc32.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

using namespace testing_support;

/// A ticket with something in every field.
Ticket full_ticket(std::span<const http::Header> headers) {
  Ticket ticket;
  ticket.phase = Phase::settled;
  ticket.needs_body = true;
  ticket.policy_id = 0x12345678;
  ticket.source = 3;
  ticket.token.fill(std::byte{'T'});
  ticket.delivery = delivery_with("", headers);
  ticket.delivery.received_ms = now_ms;
  ticket.delivery.query = "a=1";
  ticket.delivery.client_address = "203.0.113.9";
  ticket.seal = {.slot = 2, .rule = 1, .signed_at = 1'700'000'000};
  ticket.key.fill(std::byte{0xAB});
  ticket.hint.fill(std::byte{0x17});
  ticket.is_copy = true;
  ticket.event_type = "order.created";
  ticket.sender_id = "evt_1";
  ticket.route = 4;
  ticket.owner.fill(std::byte{0xCD});
  ticket.shard = 3;
  ticket.destination = 1;
  ticket.destination_id = 0xCBF43926;
  ticket.is_queue_run = true;
  ticket.is_whole = true;
  ticket.is_only_destination = true;
  ticket.source_name = "orders";
  ticket.attempts = 7;
  ticket.delay_ms = 60'000;
  ticket.is_last_attempt = true;
  ticket.is_observed = true;
  ticket.epoch = UINT64_MAX;
  ticket.maybe_duplicate = true;
  ticket.ledger_was_down = true;
  ticket.commit_failed = true;
  ticket.release_failed = true;
  ticket.claimed_at_ms = 1'700'000'000'456;
  ticket.forwarded_at_seconds = 1'700'000'001;
  ticket.origin_status = 200;
  ticket.status = 200;
  ticket.retry_after_seconds = 5;
  ticket.verdict = Verdict::failed;
  ticket.reason = Reason::origin_reset;
  return ticket;
}

class Tickets : public testing::Test {
 protected:
  static std::string encoded(const Ticket& ticket) {
    std::array<std::byte, ticket_bytes_max> bytes;
    return owned(encode_ticket(ticket, bytes));
  }
  std::array<http::Header, 1> headers = {{{.name = "x-time", .value = "1700000000"}}};
  Room room;
};

TEST_F(Tickets, ComeBackAsTheyWere) {
  const std::string bytes = encoded(full_ticket(headers));
  const auto ticket = decode_ticket(bytes_of(bytes), room.arena);
  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(encoded(*ticket), bytes);
  EXPECT_EQ(ticket->phase, Phase::settled);
  EXPECT_EQ(ticket->seal.signed_at, 1'700'000'000);
  EXPECT_EQ(ticket->epoch, UINT64_MAX);
  EXPECT_EQ(ticket->delivery.headers[0].value, "1700000000");
  EXPECT_EQ(ticket->reason, Reason::origin_reset);
  EXPECT_TRUE(ticket->release_failed);
  EXPECT_EQ(ticket->source_name, "orders");
  EXPECT_EQ(ticket->sender_id, "evt_1");
  EXPECT_EQ(ticket->delivery.body_form, http::BodyForm::empty);
  EXPECT_EQ(ticket->delay_ms, 60'000U);
  EXPECT_TRUE(ticket->is_queue_run);
  EXPECT_TRUE(ticket->is_copy);
  EXPECT_EQ(ticket->hint[15], std::byte{0x17});
}

TEST_F(Tickets, AreRefusedWhereverTheyAreCut) {
  const std::string bytes = encoded(full_ticket(headers));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    room.arena.reset();
    EXPECT_FALSE(decode_ticket(bytes_of(bytes.substr(0, size)), room.arena).has_value());
  }
  EXPECT_FALSE(decode_ticket(bytes_of(bytes + "x"), room.arena).has_value());
}

TEST_F(Tickets, AreOneSpellingEach) {
  const std::string bytes = encoded(full_ticket(headers));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      room.arena.reset();
      const auto ticket = decode_ticket(bytes_of(changed), room.arena);
      if (ticket.has_value()) {
        EXPECT_EQ(encoded(*ticket), changed) << "byte " << at << " as " << value;
      }
    }
  }
}

/// A machine that gets a ticket that it did not write.
class StrangeTickets : public testing::Test {
 protected:
  Ticket ticket_of(const Request& request) {
    const auto step = read_step(gate.begin(begin_frame(request)));
    EXPECT_TRUE(step.has_value());
    kept = step->ticket;
    const auto ticket = decode_ticket(bytes_of(kept), room.arena);
    EXPECT_TRUE(ticket.has_value());
    return *ticket;
  }
  std::string resume(const Ticket& ticket, Effect effect, const std::optional<std::string>& body,
                     std::string_view outcome) {
    std::vector<std::byte> bytes(ticket_bytes_max);
    const std::string encoded = owned(encode_ticket(ticket, bytes));
    return gate.resume(resume_frame(encoded, effect, body, outcome));
  }
  SamplePolicy sample;
  Gate gate{sample.policy(), {std::string(sample_secret)}};
  Room room;
  std::string kept;
};

TEST_F(StrangeTickets, OfARuleThatDoesNotExistAreRefused) {
  Ticket ticket = ticket_of(sample_request(std::string(sample_body)));
  ASSERT_EQ(ticket.phase, Phase::claim);
  ticket.seal.rule = 200;
  EXPECT_EQ(resume(ticket, Effect::claim, {}, Frame().u8(0).bytes()), "");
  ticket.phase = Phase::body_to_identify;
  EXPECT_EQ(resume(ticket, Effect::supply_body, std::string(sample_body), ""), "");
}

TEST_F(StrangeTickets, OfARouteThatForwardsNothingAreRefused) {
  Ticket ticket = ticket_of(sample_request(std::string(sample_body)));
  ticket.route = 1;
  EXPECT_EQ(resume(ticket, Effect::claim, {}, Frame().u8(0).bytes()), "");

  SamplePolicy answering;
  answering.route.kind = policy::RouteKind::answer;
  answering.route.to = {};
  Gate other(answering.policy(), {std::string(sample_secret)});
  ASSERT_FALSE(other.configured.empty());
  const auto file_start = other.configure_frame.substr(5);
  const std::size_t file_size = policy::encoded_bytes(answering.policy());
  ticket.route = 0;
  ticket.policy_id = crypto::crc32(bytes_of(std::string_view(file_start).substr(0, file_size)));
  std::vector<std::byte> bytes(ticket_bytes_max);
  const std::string encoded = owned(encode_ticket(ticket, bytes));
  EXPECT_EQ(other.resume(resume_frame(encoded, Effect::claim, {}, Frame().u8(0).bytes())), "");
  ticket.phase = Phase::macs;
  EXPECT_NE(other.resume(resume_frame(owned(encode_ticket(ticket, bytes)), Effect::mac, {},
                                      Frame().u8(0).bytes())),
            "")
      << "the ticket is of that policy";
}

TEST_F(StrangeTickets, WithATimeBeforeTheEpochDoNotOverflow) {
  Ticket ticket = ticket_of(sample_request(std::string(sample_body)));
  for (const std::int64_t time : {INT64_MIN, INT64_MAX, std::int64_t{-1}}) {
    ticket.seal.signed_at = time;
    static_cast<void>(resume(ticket, Effect::claim, {}, Frame().u8(0).bytes()));
  }
}

TEST_F(StrangeTickets, WithAnEventTypeThatIsTooLongDoNotOverflowTheRecord) {
  Ticket ticket = ticket_of(sample_request(std::string(sample_body)));
  const std::string type(3000, '\x01');
  ticket.event_type = type;
  static_cast<void>(resume(ticket, Effect::claim, {}, Frame().u8(0).bytes()));
}

TEST_F(StrangeTickets, SurviveEveryChangedByteInEveryPhase) {
  Ticket ticket = ticket_of(sample_request(std::string(sample_body)));
  const std::string reply = Frame().u8(0).bytes();
  constexpr std::array effects = {
      Effect::limit,       Effect::limit,           Effect::supply_body, Effect::mac,
      Effect::fetch_key,   Effect::check_signature, Effect::supply_body, Effect::mac,
      Effect::limit,       Effect::claim,           Effect::mac,         Effect::forward,
      Effect::answer,      Effect::commit,          Effect::accept,      Effect::enqueue,
      Effect::retry_later, Effect::supply_body,     Effect::claim};
  static_assert(effects.size() == static_cast<std::size_t>(phase_last) + 1);
  for (std::size_t phase = 1; phase < effects.size(); ++phase) {
    ticket.phase = static_cast<Phase>(phase);
    std::vector<std::byte> bytes(ticket_bytes_max);
    const std::string encoded = owned(encode_ticket(ticket, bytes));
    for (std::size_t at = 0; at < encoded.size(); ++at) {
      for (const int change : {1, 8, 64, 128, 255}) {
        std::string changed = encoded;
        changed[at] = static_cast<char>(changed[at] ^ change);
        static_cast<void>(
            gate.resume(resume_frame(changed, effects[phase], std::string(sample_body), reply)));
      }
    }
  }
}

// A host that cannot hash answers with fewer digests than were asked for.
TEST(Digests, OfAnotherNumberThanAskedForAreRefused) {
  SamplePolicy sample;
  sample.source.identity_choice = policy::IdentityChoice::body;
  Gate gate(sample.policy(), {std::string(sample_secret)});
  const std::string body = R"({"id":"evt_1","type":"order.created","text":")" +
                           std::string(mac_inline_bytes_max, 'x') + "\"}";
  Request request = sample_request(body);
  request.has_body = false;
  const auto macs = read_step(gate.begin(begin_frame(request)));
  ASSERT_TRUE(macs.has_value());
  const std::string mac =
      hmac(EVP_sha256(), sample_secret, std::to_string(now_ms / 1000) + "." + body);
  const auto digests = read_step(gate.resume(
      resume_frame(macs->ticket, Effect::mac, body, Frame().u8(1).u16(1).text16(mac).bytes())));
  ASSERT_TRUE(digests.has_value());
  ASSERT_EQ(digests->effect, Effect::mac);
  const std::string digest = sha256(body);
  const auto answer = [&](const Frame& outcome) {
    return gate.resume(resume_frame(digests->ticket, Effect::mac, body, outcome.bytes()));
  };
  EXPECT_NE(answer(Frame().u8(1).u16(1).text16(digest)), "");
  EXPECT_EQ(answer(Frame().u8(1).u16(0)), "");
  EXPECT_EQ(answer(Frame().u8(1).u16(2).text16(digest).text16(digest)), "");
  EXPECT_EQ(answer(Frame().u8(1).u16(1).text16(digest.substr(1))), "");
}

}  // namespace
}  // namespace postern::gate
