#include <gtest/gtest.h>

#include <array>
#include <string>

#include "postern/contract/effect_fields.h"

// The core's effects as bytes. The expected ones are written by hand from docs/ABI.md, as are those
// of tests/edge/codec_test.mjs, which reads them.

namespace postern::contract {
namespace {

template <class Effect>
std::string written(const Effect& effect) {
  std::array<std::byte, 1024> room{};
  Writer writer(room);
  write_listed(fields_of(Effect::effect), &effect, writer);
  std::string hex;
  for (const std::byte byte : writer.written()) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[std::to_integer<unsigned>(byte) / 16];
    hex += digits[std::to_integer<unsigned>(byte) % 16];
  }
  return hex;
}

std::array<std::byte, 32> filled(int value) {
  std::array<std::byte, 32> key{};
  key.fill(static_cast<std::byte>(value));
  return key;
}

std::string thirty_two(std::string_view byte) {
  std::string text;
  for (int i = 0; i < 32; ++i) {
    text += byte;
  }
  return text;
}

const std::string one = thirty_two("11");
const std::string two = thirty_two("22");

TEST(Effects, AskForMacs) {
  const std::array content = {Piece{.kind = Piece::Kind::literal, .bytes = bytes_of("t.")},
                              Piece{.kind = Piece::Kind::body, .bytes = {}}};
  const std::array requests = {MacRequest{.hash = Hash::sha256, .key = 5, .content = content}};
  EXPECT_EQ(written(Mac{.requests = requests}),
            "0100"
            "03"
            "0500"
            "02"
            "00"
            "0200"
            "742e"
            "01");
}

TEST(Effects, AskForChecks) {
  const std::array content = {Piece{.kind = Piece::Kind::body, .bytes = {}}};
  const std::array checks = {SignatureCheck{.algorithm = Algorithm::ed25519,
                                            .key_format = KeyFormat::raw,
                                            .key = bytes_of("K"),
                                            .signature = bytes_of("S"),
                                            .content = content}};
  EXPECT_EQ(written(CheckSignature{.checks = checks}),
            "0100"
            "06"
            "01"
            "0100"
            "4b"
            "0100"
            "53"
            "01"
            "01");
}

TEST(Effects, AskForAKeyAndForALimit) {
  EXPECT_EQ(written(FetchKey{.url = "u",
                             .bytes_max = 16384,
                             .cache_seconds = 3600,
                             .source = "s",
                             .fetches_per_minute = 10}),
            "0100"
            "75"
            "00400000"
            "100e0000"
            "0100"
            "73"
            "0a00");
  EXPECT_EQ(written(Limit{.bucket = "b", .requests = 600, .period_seconds = 60}),
            "0100"
            "62"
            "58020000"
            "3c000000");
}

TEST(Effects, SpeakWithTheLedger) {
  Claim claim{.shard = "s",
              .key = filled(0x11),
              .wait_ms = 2000,
              .operation = bytes_of("\1\2\3"),
              .has_copy = false,
              .copy = {}};
  const std::string head =
      "0100"
      "73" +
      one +
      "d0070000"
      "0300"
      "010203";
  EXPECT_EQ(written(claim), head + "00");
  claim.has_copy = true;
  claim.copy = {.key = filled(0x22), .operation = bytes_of("\4")};
  EXPECT_EQ(written(claim), head + "01" + two +
                                "0100"
                                "04");
  EXPECT_EQ(written(Commit{.shard = "s", .key = filled(0x11), .operation = bytes_of("\1\2\3")}),
            "0100"
            "73" +
                one +
                "0300"
                "010203");
  EXPECT_EQ(written(Release{.shard = "s", .key = filled(0x22), .operation = {}}),
            "0100"
            "73" +
                two + "0000");
}

TEST(Effects, AskTheStoreToKeepEntries) {
  const std::array entries = {
      AcceptEntry{
          .key = filled(0x11),
          .ticket = bytes_of("\xaa\xbb"),
          .operation = bytes_of("\1\2\3"),
          .has_copy = true,
          .copy = {.key = filled(0x22), .ticket = bytes_of("\xdd"), .operation = bytes_of("\4")}},
      AcceptEntry{.key = filled(0x22),
                  .ticket = bytes_of("\xcc"),
                  .operation = bytes_of("\5"),
                  .has_copy = false,
                  .copy = {}}};
  EXPECT_EQ(written(Accept{.shard = "s", .entries = entries}),
            "0100"
            "73"
            "02" +
                one +
                "0200"
                "aabb"
                "0300"
                "010203"
                "01" +
                two +
                "0100"
                "dd"
                "0100"
                "04" +
                two +
                "0100"
                "cc"
                "0100"
                "05"
                "00");
}

TEST(Effects, ForwardAndAnswer) {
  const std::array headers = {http::Header{.name = "a", .value = "b"}};
  EXPECT_EQ(written(Forward{.method = "PUT",
                            .url = "u",
                            .headers = headers,
                            .timeout_ms = 8000,
                            .answer_bytes_max = 65536}),
            "0300"
            "505554"
            "0100"
            "75"
            "0100"
            "0100"
            "61"
            "0100"
            "62"
            "401f0000"
            "00000100");
  EXPECT_EQ(written(Answer{.is_final = true,
                           .status = 200,
                           .headers = {},
                           .body = bytes_of("ok"),
                           .record = bytes_of("{}")}),
            "01"
            "c800"
            "0000"
            "02000000"
            "6f6b"
            "02000000"
            "7b7d");
}

TEST(Effects, EndARun) {
  EXPECT_EQ(written(Finish{.record = bytes_of("{}")}),
            "02000000"
            "7b7d");
  EXPECT_EQ(written(DeadLetter{.record = bytes_of("{}")}),
            "02000000"
            "7b7d");
  EXPECT_EQ(written(RetryLater{.delay_ms = 60'000, .record = bytes_of("{}")}),
            "60ea0000"
            "02000000"
            "7b7d");
}

TEST(Effects, SendMessages) {
  const std::array keys = {filled(0x11), filled(0x22)};
  EXPECT_EQ(
      written(Enqueue{.kind = Enqueue::Kind::references, .shard = "s", .keys = keys, .whole = {}}),
      "00"
      "0100"
      "73"
      "02" +
          one + two);
  EXPECT_EQ(
      written(Enqueue{
          .kind = Enqueue::Kind::whole, .shard = {}, .keys = {}, .whole = bytes_of("\xaa\xbb")}),
      "01"
      "0200"
      "aabb");
}

}  // namespace
}  // namespace postern::contract
