#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "postern/ledger/ledger.h"

// The binary forms. The golden bytes are written by hand from the field lists in ledger.h.

namespace postern::ledger {
namespace {

using Octets = std::vector<std::byte>;

Octets from_hex(std::string_view text) {
  Octets bytes;
  std::string digits;
  for (const char character : text) {
    if (character == ' ') {
      continue;
    }
    digits += character;
    if (digits.size() == 2) {
      bytes.push_back(static_cast<std::byte>(std::stoul(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

/// One of the three forms, with what a test needs to know about it.
struct RowForm {
  using Value = Row;
  static constexpr std::size_t length = 97;
  static constexpr std::string_view golden =
      "03 03 0807060504030201 000102030405060708090a0b0c0d0e0f 1112131415161718"
      "2122232425262728 3132333435363738 4142 01 cc00 5152535455565758"
      "0f0e0d0c0b0a09080706050403020100 6162636465666768 7172737475767778 8182";
  /// Offset of each byte that has few values, with the first and the last of them.
  static constexpr std::array<std::array<std::size_t, 3>, 3> narrow{
      {{0, 3, 3}, {1, 1, 6}, {52, 0, 1}}};
  static Octets encode(const Row& row) {
    std::array<std::byte, row_bytes_max> room{};
    const Bytes bytes = encode_row(row, room);
    return {bytes.begin(), bytes.end()};
  }
  static std::optional<Row> decode(Bytes bytes) { return decode_row(bytes); }
};

struct OperationForm {
  using Value = Operation;
  static constexpr std::size_t length = 64;
  static constexpr std::string_view golden =
      "03 03 000102030405060708090a0b0c0d0e0f 01020304 1112131415161718 0807060504030201 f701 01"
      "21222324 0f0e0d0c0b0a09080706050403020100 3132 01";
  static constexpr std::array<std::array<std::size_t, 3>, 4> narrow{
      {{0, 3, 3}, {1, 1, 10}, {40, 0, 1}, {63, 0, 1}}};
  static Octets encode(const Operation& operation) {
    std::array<std::byte, operation_bytes_max> room{};
    const Bytes bytes = encode_operation(operation, room);
    return {bytes.begin(), bytes.end()};
  }
  static std::optional<Operation> decode(Bytes bytes) { return decode_operation(bytes); }
};

struct ReplyForm {
  using Value = Reply;
  static constexpr std::size_t length = 24;
  static constexpr std::string_view golden =
      "03 05 0807060504030201 01 1112131415161718 c800 2122 01";
  static constexpr std::array<std::array<std::size_t, 3>, 4> narrow{
      {{0, 3, 3}, {1, 1, 8}, {10, 0, 1}, {23, 0, 1}}};
  static Octets encode(const Reply& reply) {
    std::array<std::byte, reply_bytes_max> room{};
    const Bytes bytes = encode_reply(reply, room);
    return {bytes.begin(), bytes.end()};
  }
  static std::optional<Reply> decode(Bytes bytes) { return decode_reply(bytes); }
};

Owner counting_owner() {
  Owner owner{};
  for (std::size_t i = 0; i < owner.size(); ++i) {
    owner[i] = static_cast<std::byte>(i);
  }
  return owner;
}

Hint counting_down_hint() {
  Hint hint{};
  for (std::size_t i = 0; i < hint.size(); ++i) {
    hint[i] = static_cast<std::byte>(hint.size() - 1 - i);
  }
  return hint;
}

template <class Form>
class LedgerForm : public testing::Test {};

using Forms = testing::Types<RowForm, OperationForm, ReplyForm>;
TYPED_TEST_SUITE(LedgerForm, Forms);

TYPED_TEST(LedgerForm, ReadsAndWritesTheGoldenBytes) {
  const Octets golden = from_hex(TypeParam::golden);
  ASSERT_EQ(golden.size(), TypeParam::length);
  const auto value = TypeParam::decode(golden);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(TypeParam::encode(*value), golden);
}

// What a store holds after the deployment before queue mode: 55 bytes, no time to be due.
TEST(LedgerRows, OfVersion1AreStillRead) {
  const Octets old = from_hex(
      "01 03 0807060504030201 000102030405060708090a0b0c0d0e0f 1112131415161718"
      "2122232425262728 3132333435363738 4142 01 cc00");
  const auto row = decode_row(old);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->state, State::done);
  EXPECT_EQ(row->epoch, 0x0102030405060708U);
  EXPECT_EQ(row->status, 204);
  EXPECT_EQ(row->due_ms, 0U);
  Octets new_state = old;
  new_state[1] = std::byte{4};
  EXPECT_FALSE(decode_row(new_state).has_value()) << "version 1 knew no accepted rows";
}

/// Rows of one event as the encoder of version 1 wrote them: claimed at 1 800 000 000 000 for 13 s,
/// and what a release in doubt and a commit with 202 made of that, remembered for 7 days.
constexpr std::string_view old_claimed =
    "01 01 0100000000000000 a1000000000000000000000000000000 c8825c18a3010000"
    "00505c18a3010000 0000000000000000 0000 00 0000";
constexpr std::string_view old_retryable =
    "01 02 0100000000000000 00000000000000000000000000000000 0000000000000000"
    "00505c18a3010000 00d4683ca3010000 0100 01 0000";
constexpr std::string_view old_done =
    "01 03 0100000000000000 00000000000000000000000000000000 0000000000000000"
    "00505c18a3010000 00d4683ca3010000 0000 00 ca00";

TEST(LedgerRows, OfVersion1CountAsBeforeTheDeployment) {
  constexpr Clock clock{.now_ms = 1'800'000'001'000, .started_ms = 0};
  const Operation claim{.verb = Verb::claim, .owner = {std::byte{0xb2}}, .lease_ms = 13'000};
  const auto answer_to = [clock](std::string_view row, const Operation& operation) {
    return apply(decode_row(from_hex(row)).value(), operation, clock).reply;
  };
  EXPECT_EQ(answer_to(old_claimed, claim), (Reply{.answer = Answer::busy, .wait_ms = 12'000}));
  EXPECT_EQ(answer_to(old_retryable, claim),
            (Reply{.answer = Answer::granted, .epoch = 2, .maybe_duplicate = true}));
  EXPECT_EQ(answer_to(old_done, claim), (Reply{.answer = Answer::duplicate, .status = 202}));
  EXPECT_EQ(answer_to(old_retryable, {.verb = Verb::accept}).answer, Answer::accepted);
  EXPECT_EQ(answer_to(old_done, {.verb = Verb::accept}).answer, Answer::duplicate);
}

TEST(LedgerRows, OfVersion1AreWrittenAnewAsVersion3) {
  const Row row = decode_row(from_hex(old_done)).value();
  Octets expected = from_hex(old_done);
  expected[0] = std::byte{3};
  expected.resize(97);  // Due at 0: never. No hint, and no copies.
  EXPECT_EQ(RowForm::encode(row), expected);
}

/// Owed, as the encoder of version 2 wrote it: due at 1 800 000 060 000, after two failures.
constexpr std::string_view owed_of_version_2 =
    "02 04 0200000000000000 00000000000000000000000000000000 0000000000000000"
    "00505c18a3010000 0000000000000000 0200 01 f701 603a5d18a3010000";

TEST(LedgerRows, OfVersion2AreReadAndWrittenAnewAsVersion3) {
  const auto row = decode_row(from_hex(owed_of_version_2));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->state, State::accepted);
  EXPECT_EQ(row->due_ms, 1'800'000'060'000U);
  EXPECT_EQ(row->status, 503U);
  EXPECT_EQ(row->hint, Hint{});
  Octets expected = from_hex(owed_of_version_2);
  expected[0] = std::byte{3};
  expected.resize(97);
  EXPECT_EQ(RowForm::encode(*row), expected);
  Octets later = from_hex(owed_of_version_2);
  later.resize(97);
  EXPECT_FALSE(decode_row(later).has_value()) << "version 2 knew no hints";
}

TEST(LedgerRows, WithoutAHintTakeEveryDeliveryForTheirOwn) {
  const Row row = decode_row(from_hex(old_done)).value();
  const Operation claim{.verb = Verb::claim, .hint = counting_down_hint(), .copies_max = 60};
  const Clock clock{.now_ms = 1'800'000'001'000, .started_ms = 0};
  EXPECT_EQ(apply(row, claim, clock).reply, (Reply{.answer = Answer::duplicate, .status = 202}));
}

TEST(LedgerRows, OfVersion1AreRefusedCutLengthenedOrWithALaterField) {
  Octets bytes = from_hex(old_done);
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_row(Bytes(bytes).first(length)).has_value()) << length;
  }
  for (std::size_t extra = 1; extra <= 8; ++extra) {
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_row(bytes).has_value()) << bytes.size();
  }
}

TYPED_TEST(LedgerForm, RefusesEveryTruncation) {
  const Octets golden = from_hex(TypeParam::golden);
  const std::size_t shortest = std::is_same_v<TypeParam, RowForm> ? 1 : 0;  // No row is absent.
  for (std::size_t length = shortest; length < golden.size(); ++length) {
    const Octets cut(golden.begin(), golden.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(TypeParam::decode(cut).has_value()) << length;
  }
}

TYPED_TEST(LedgerForm, RefusesTrailingBytes) {
  Octets bytes = from_hex(TypeParam::golden);
  for (int extra = 0; extra < 200; ++extra) {
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(TypeParam::decode(bytes).has_value()) << bytes.size();
  }
}

TYPED_TEST(LedgerForm, RefusesEveryOtherVersionEnumeratorAndFlag) {
  for (const auto& [offset, first, last] : TypeParam::narrow) {
    for (std::size_t value = 0; value < 256; ++value) {
      Octets bytes = from_hex(TypeParam::golden);
      bytes[offset] = static_cast<std::byte>(value);
      EXPECT_EQ(TypeParam::decode(bytes).has_value(), first <= value && value <= last)
          << "byte " << offset << " = " << value;
    }
  }
}

TYPED_TEST(LedgerForm, HasOneSpellingForEveryValueThatItReads) {
  std::mt19937_64 random(20260101);
  std::size_t read = 0;
  for (int round = 0; round < 50'000; ++round) {
    Octets bytes = from_hex(TypeParam::golden);
    for (int change = 0; change < 3; ++change) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    const auto value = TypeParam::decode(bytes);
    if (value.has_value()) {
      ++read;
      EXPECT_EQ(TypeParam::encode(*value), bytes);
      EXPECT_EQ(TypeParam::decode(TypeParam::encode(*value)), value);
    }
  }
  EXPECT_GT(read, 10'000U);
}

TEST(LedgerRowForm, HasEachFieldInItsPlace) {
  const Row row{.state = State::done,
                .epoch = 0x0102030405060708,
                .owner = counting_owner(),
                .lease_until_ms = 0x1817161514131211,
                .first_seen_ms = 0x2827262524232221,
                .expires_ms = 0x3837363534333231,
                .attempts = 0x4241,
                .maybe_duplicate = true,
                .status = 204,
                .due_ms = 0x5857565554535251,
                .hint = counting_down_hint(),
                .copies_until_ms = 0x6867666564636261,
                .copies_since_ms = 0x7877767574737271,
                .copies = 0x8281};
  EXPECT_EQ(RowForm::encode(row), from_hex(RowForm::golden));
}

TEST(LedgerOperationForm, HasEachFieldInItsPlace) {
  const Operation operation{.verb = Verb::release,
                            .owner = counting_owner(),
                            .lease_ms = 0x04030201,
                            .retain_ms = 0x1817161514131211,
                            .epoch = 0x0102030405060708,
                            .status = 503,
                            .outcome = Outcome::unknown,
                            .delay_ms = 0x24232221,
                            .hint = counting_down_hint(),
                            .copies_max = 0x3231,
                            .is_copy = true};
  EXPECT_EQ(OperationForm::encode(operation), from_hex(OperationForm::golden));
}

TEST(LedgerReplyForm, HasEachFieldInItsPlace) {
  const Reply reply{.answer = Answer::ignored,
                    .epoch = 0x0102030405060708,
                    .maybe_duplicate = true,
                    .wait_ms = 0x1817161514131211,
                    .status = 200,
                    .attempts = 0x2221,
                    .is_copy = true};
  EXPECT_EQ(ReplyForm::encode(reply), from_hex(ReplyForm::golden));
}

TEST(LedgerRowForm, HasNoBytesForAnAbsentRow) {
  EXPECT_TRUE(RowForm::encode(Row{}).empty());
  EXPECT_EQ(decode_row({}), Row{});
}

TEST(LedgerFormDeathTest, TrapsRatherThanWriteHalfAForm) {
  std::array<std::byte, 96> room{};
  EXPECT_DEATH((void)encode_row(Row{.state = State::done}, room), "");
}

}  // namespace
}  // namespace postern::ledger
