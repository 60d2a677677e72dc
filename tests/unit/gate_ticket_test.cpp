#include <gtest/gtest.h>

#include "gate_support.h"
#include "postern/crypto/crc32.h"
#include "postern/gate/ticket.h"

namespace postern::gate {
namespace {

using namespace testing_support;

/// A stored ticket with something in every field.
struct FullTicket : Ticket {
  explicit FullTicket(std::span<const http::Header> headers) {
    arrival.policy_id = 0x12345678;
    arrival.source_number = 3;
    arrival.token.fill(std::byte{'T'});
    arrival.limit_was_down = true;
    arrival.delivery = delivery_with("", headers);
    arrival.delivery.received_ms = now_ms;
    arrival.delivery.query = "a=1";
    facts.is_run = true;
    facts.seal = {.slot = 2, .rule = 1, .signed_at = 1'700'000'000};
    facts.event.key.fill(std::byte{0xAB});
    facts.event.hint.fill(std::byte{0x17});
    facts.event.type = "order.created";
    facts.sender_id = "evt_1";
    facts.place = {.route = 4,
                   .shard = 3,
                   .destination = 1,
                   .destination_id = 0xCBF43926,
                   .is_first_destination = false,
                   .is_only_destination = true};
    facts.grant = {.asked_at_ms = 1'700'000'000'456,
                   .epoch = UINT64_MAX,
                   .maybe_duplicate = true,
                   .is_copy = true,
                   .ledger_was_down = true};
    facts.run.owner.fill(std::byte{0xCD});
    facts.run.source_name = "orders";
    facts.run.is_whole = true;
    facts.run.attempts = 7;
    facts.run.is_last_attempt = true;
    facts.run.delay_ms = 60'000;
  }

  [[nodiscard]] std::string bytes() {
    head = {
        .state = StateNumber::owed, .awaits = EffectKind::retry_later, .body_need = BodyNeed::next};
    std::array<std::byte, ticket_bytes_max> room;
    return owned(encode_ticket(*this, room));
  }
};

/// A ticket that was read without a policy, as a stored one can be.
struct Decoded {
  const Configuration nothing;
  Room room;
  Call call{nothing, room.arena, {}};
  bool is_one;

  explicit Decoded(std::string_view bytes) : is_one(decode_ticket(bytes_of(bytes), call)) {}

  [[nodiscard]] std::string encoded() {
    std::array<std::byte, ticket_bytes_max> bytes;
    return owned(encode_ticket(call, bytes));
  }
};

class Tickets : public testing::Test {
 protected:
  std::array<http::Header, 1> headers = {{{.name = "x-time", .value = "1700000000"}}};
  std::string full = FullTicket(headers).bytes();
};

TEST_F(Tickets, ComeBackAsTheyWere) {
  Decoded ticket(full);
  ASSERT_TRUE(ticket.is_one);
  EXPECT_EQ(ticket.encoded(), full);
  EXPECT_EQ(ticket.call.head.state, StateNumber::owed);
  EXPECT_EQ(ticket.call.head.body_need, BodyNeed::next);
  const Arrival& arrival = ticket.call.arrival;
  EXPECT_EQ(arrival.delivery.headers[0].value, "1700000000");
  EXPECT_EQ(arrival.delivery.body_form, http::BodyForm::empty);
  EXPECT_EQ(arrival.source_number, 3);
  EXPECT_TRUE(arrival.limit_was_down);
  const Facts& facts = ticket.call.facts;
  EXPECT_EQ(facts.seal.signed_at, 1'700'000'000);
  EXPECT_EQ(facts.grant.epoch, UINT64_MAX);
  EXPECT_TRUE(facts.grant.is_copy);
  EXPECT_EQ(facts.event.hint[15], std::byte{0x17});
  EXPECT_EQ(facts.sender_id, "evt_1");
  EXPECT_EQ(facts.place.destination_id, 0xCBF43926U);
  EXPECT_EQ(facts.run.source_name, "orders");
  EXPECT_EQ(facts.run.delay_ms, 60'000U);
}

TEST_F(Tickets, AreRefusedWhereverTheyAreCut) {
  for (std::size_t size = 0; size < full.size(); ++size) {
    EXPECT_FALSE(Decoded(full.substr(0, size)).is_one);
  }
  EXPECT_FALSE(Decoded(full + "x").is_one);
}

TEST_F(Tickets, AreOneSpellingEach) {
  for (std::size_t at = 0; at < full.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = full;
      changed[at] = static_cast<char>(value);
      Decoded ticket(changed);
      if (ticket.is_one) {
        EXPECT_EQ(ticket.encoded(), changed) << "byte " << at << " as " << value;
      }
    }
  }
}

/// The bytes that a store of version 4 has, written by hand from postern/gate/ticket.cpp: what is
/// stored outlives deployments, so every later version has to read these.
TEST_F(Tickets, OfVersion4AreReadAsLongAsSuchAreStored) {
  const std::string stored =
      Frame().u8(4).u8(11).u8(13).u8(0).bytes() +                      // Owed; awaits retry_later.
      Frame().u32(0x12345678).u16(3).bytes() + std::string(16, 'T') +  // Policy, source, token.
      Frame().u8(0).u64(now_ms).u64(2).text16("POST").text16("a=1").u8(1).u8(2).bytes() +
      Frame().u16(1).text16("x-time").text16("1700000000").u8(1).bytes() +  // A run.
      std::string(16, '\0') + Frame().text16("orders").u8(0).u16(0).u8(0).u32(0).bytes() +
      Frame().u16(2).u8(1).u8(1).bytes() +        // Slot, rule, a proof by signature.
      Frame().u8(1).u64(1'700'000'000).bytes() +  // When it was signed; then the event.
      std::string(32, '\xAB') + std::string(16, '\0') +
      Frame().text16("order.created").text16("evt_1").bytes() +
      Frame().u16(4).u16(3).u8(1).u32(0xCBF43926).u8(0).u8(1).bytes() +
      Frame().u64(0).u64(0).u8(0).u8(0).u8(0).bytes();
  Room room;
  const auto owed = summarize_owed(bytes_of(stored), room.arena);
  ASSERT_TRUE(owed.has_value());
  EXPECT_EQ(text_of(owed->event_key), std::string(32, '\xAB'));
  EXPECT_EQ(owed->event_type, "order.created");
  EXPECT_EQ(owed->destination_id, 0xCBF43926U);
  Decoded ticket(stored);
  EXPECT_EQ(ticket.encoded(), stored);
  EXPECT_EQ(ticket.call.facts.place.route, 4);
  EXPECT_EQ(ticket.call.facts.seal.signed_at, 1'700'000'000);
}

/// What a store summarizes for its operators may be anything, and any room may be short.
TEST_F(Tickets, ThatAreNotOwedHaveNoSummary) {
  const auto has_summary = [&](const std::string& bytes) {
    Room room;
    return summarize_owed(bytes_of(bytes), room.arena).has_value();
  };
  EXPECT_TRUE(has_summary(full));
  std::string taking = full;
  taking[1] = static_cast<char>(StateNumber::taking);
  for (const std::string& other : {std::string(), full.substr(1), full + "x", taking,
                                   full + std::string(ticket_bytes_max, '\0')}) {
    EXPECT_FALSE(has_summary(other));
  }
  FullTicket of_no_source(headers);
  of_no_source.arrival.policy_id = 0;
  of_no_source.arrival.source_number = no_number;
  std::string whole = of_no_source.bytes();
  EXPECT_TRUE(has_summary(whole));
  whole[1] = static_cast<char>(StateNumber::taking);
  EXPECT_FALSE(has_summary(whole)) << "a ticket, and not one that a store keeps";
  Arena none({});
  EXPECT_FALSE(summarize_owed(bytes_of(full), none).has_value());
}

/// Where things stand in the ticket of a delivery whose sender waits, found by hand.
struct TicketLayout {
  std::size_t rule = 0;
  std::size_t type = 0;  // Its length.
  std::size_t route = 0;
  std::size_t time = 0;

  explicit TicketLayout(std::string_view bytes) {
    std::size_t at = 4 + 4 + 2 + 16 + 1 + 8 + 8;
    const auto skip_text = [&] {
      at += 2 + static_cast<unsigned char>(bytes[at]) +
            std::size_t{256} * static_cast<unsigned char>(bytes[at + 1]);
    };
    skip_text();  // The method.
    skip_text();  // The query.
    at += 2;
    const auto headers = static_cast<unsigned char>(bytes[at]);
    at += 2;
    for (int i = 0; i < 2 * headers; ++i) {
      skip_text();
    }
    rule = at + 1 + 2;
    time = at + 1 + 4 + 1;
    type = time + 8 + 32 + 16;
    at = type;
    skip_text();
    skip_text();  // The sender's id.
    route = at;
  }
};

/// A machine that gets a ticket that it did not write.
class StrangeTickets : public testing::Test {
 protected:
  std::string ticket_of(const Request& request) {
    const auto step = read_step(gate.begin(begin_frame(request)));
    EXPECT_TRUE(step.has_value());
    return step->ticket;
  }
  std::string claim_answered(const std::string& ticket) {
    return gate.resume(resume_frame(ticket, EffectKind::claim, {}, Frame().u8(0).bytes()));
  }
  SamplePolicy sample;
  Gate gate{sample.policy(), {std::string(sample_secret)}};
};

TEST_F(StrangeTickets, OfARuleThatDoesNotExistAreRefused) {
  std::string ticket = ticket_of(sample_request(std::string(sample_body)));
  ASSERT_EQ(ticket[1], static_cast<char>(StateNumber::claiming));
  ASSERT_NE(claim_answered(ticket), "");
  const std::size_t rule = TicketLayout(ticket).rule;
  ticket[rule] = static_cast<char>(200);
  EXPECT_EQ(claim_answered(ticket), "");
  ticket[rule + 1] = 0;  // Nor when it proves nothing: with a queue, it is stored unclaimed.
  EXPECT_EQ(claim_answered(ticket), "");
}

TEST_F(StrangeTickets, OfARouteThatForwardsNothingAreRefused) {
  std::string ticket = ticket_of(sample_request(std::string(sample_body)));
  const std::size_t route = TicketLayout(ticket).route;
  ASSERT_EQ(ticket[route], 0);
  std::string other_route = ticket;
  other_route[route] = 1;
  EXPECT_EQ(claim_answered(other_route), "");

  SamplePolicy answering;
  answering.route.kind = policy::RouteKind::answer;
  answering.route.to = {};
  Gate other(answering.policy(), {std::string(sample_secret)});
  ASSERT_FALSE(other.configured.empty());
  const auto file_start = other.configure_frame.substr(5);
  const std::size_t file_size = policy::encoded_bytes(answering.policy());
  const std::uint32_t policy_id =
      crypto::crc32(bytes_of(std::string_view(file_start).substr(0, file_size)));
  ticket.replace(4, 4, Frame().u32(policy_id).bytes());
  const std::string outcome = Frame().u8(0).bytes();
  EXPECT_EQ(other.resume(resume_frame(ticket, EffectKind::claim, {}, outcome)), "");

  Request large = sample_request(std::string(mac_inline_bytes_max + 1, 'x'));
  large.has_body = false;
  std::string verifying = ticket_of(large);
  verifying.replace(4, 4, Frame().u32(policy_id).bytes());
  ASSERT_EQ(verifying[1], static_cast<char>(StateNumber::verifying));
  EXPECT_NE(other.resume(resume_frame(verifying, EffectKind::mac,
                                      verifying[3] == 1 ? std::optional(large.body) : std::nullopt,
                                      outcome)),
            "")
      << "the ticket is of that policy";
}

TEST_F(StrangeTickets, AreResumedByTheEffectThatTheyWaitForOnly) {
  Request large = sample_request(std::string(mac_inline_bytes_max + 1, 'x'));
  large.has_body = false;
  const std::string ticket = ticket_of(large);
  ASSERT_EQ(ticket[2], static_cast<char>(EffectKind::mac));
  const auto body = ticket[3] == 1 ? std::optional(large.body) : std::nullopt;
  EXPECT_NE(gate.resume(resume_frame(ticket, EffectKind::mac, body, Frame().u8(0).bytes())), "");
  // This state waits for bodies, too, at other times.
  EXPECT_EQ(gate.resume(resume_frame(ticket, EffectKind::supply_body, body, {})), "");
}

TEST_F(StrangeTickets, WithATimeBeforeTheEpochDoNotOverflow) {
  std::string ticket = ticket_of(sample_request(std::string(sample_body)));
  const std::size_t at = TicketLayout(ticket).time;
  for (const std::int64_t time : {INT64_MIN, INT64_MAX, std::int64_t{-1}}) {
    ticket.replace(at, 8, Frame().u64(static_cast<std::uint64_t>(time)).bytes());
    EXPECT_NE(claim_answered(ticket), "");
  }
}

TEST_F(StrangeTickets, WithAnEventTypeThatIsTooLongAreRefused) {
  std::string ticket = ticket_of(sample_request(std::string(sample_body)));
  const std::size_t at = TicketLayout(ticket).type;
  const auto length = static_cast<unsigned char>(ticket[at]);
  const auto with_type_of = [&](std::size_t size) {
    std::string changed = ticket;
    return changed.replace(at, 2U + length, Frame().text16(std::string(size, '\x01')).bytes());
  };
  EXPECT_NE(claim_answered(with_type_of(scheme::event_type_bytes_max)), "");
  EXPECT_EQ(claim_answered(with_type_of(scheme::event_type_bytes_max + 1)), "");
  EXPECT_EQ(claim_answered(with_type_of(3000)), "");
}

TEST_F(StrangeTickets, SurviveEveryChangedByteInEveryState) {
  const std::string ticket = ticket_of(sample_request(std::string(sample_body)));
  const std::string reply = Frame().u8(0).bytes();
  for (int state = 0; state <= 14; ++state) {
    for (int effect = 0; effect <= 16; ++effect) {
      std::string of_state = ticket;
      of_state[1] = static_cast<char>(state);
      of_state[2] = static_cast<char>(effect);
      for (std::size_t at = 0; at < of_state.size(); ++at) {
        std::string changed = of_state;
        changed[at] = static_cast<char>(changed[at] ^ (at % 3 == 0 ? 1 : at % 3 == 1 ? 64 : 255));
        static_cast<void>(gate.resume(resume_frame(changed, static_cast<EffectKind>(effect),
                                                   std::string(sample_body), reply)));
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
      resume_frame(macs->ticket, EffectKind::mac, body, Frame().u8(1).u16(1).text16(mac).bytes())));
  ASSERT_TRUE(digests.has_value());
  ASSERT_EQ(digests->effect, EffectKind::mac);
  const std::string digest = sha256(body);
  const auto answer = [&](const Frame& outcome) {
    return gate.resume(resume_frame(digests->ticket, EffectKind::mac, body, outcome.bytes()));
  };
  EXPECT_NE(answer(Frame().u8(1).u16(1).text16(digest)), "");
  EXPECT_EQ(answer(Frame().u8(1).u16(0)), "");
  EXPECT_EQ(answer(Frame().u8(1).u16(2).text16(digest).text16(digest)), "");
  EXPECT_EQ(answer(Frame().u8(1).u16(1).text16(digest.substr(1))), "");
}

}  // namespace
}  // namespace postern::gate
