#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "postern/base/arena.h"
#include "postern/base/json_writer.h"
#include "postern/base/wire.h"

namespace postern {
namespace {

using Buffer = std::vector<std::byte>;

Buffer bytes_from(std::initializer_list<int> values) {
  Buffer bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

TEST(Reader, ReadsLittleEndianIntegers) {
  const Buffer input = bytes_from({0xFF, 2, 1, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 0x81});
  Reader reader(input);
  EXPECT_EQ(reader.u8(), 0xFF);
  EXPECT_EQ(reader.u16(), 0x0102);
  EXPECT_EQ(reader.u32(), 0x01020304U);
  EXPECT_EQ(reader.u64(), 0x8102030405060708U);
  EXPECT_TRUE(reader.finished());
}

TEST(Reader, LatchesTheFirstFieldThatIsTooShort) {
  const Buffer input = bytes_from({3, 0, 'a', 'b', 7});
  Reader reader(input);
  EXPECT_EQ(reader.text16(), "ab\7");
  EXPECT_TRUE(reader.finished());

  Reader cut(Bytes(input).first(4));
  EXPECT_EQ(cut.text16(), "");
  EXPECT_TRUE(cut.failed());
  EXPECT_EQ(cut.u8(), 0) << "nothing is read behind a fault, although bytes are left";
  EXPECT_FALSE(cut.finished());
}

TEST(Reader, TakesNoLengthBeyondItsInput) {
  const Buffer input = bytes_from({0xFF, 0xFF, 0xFF, 0xFF, 1});
  Reader bytes(input);
  EXPECT_TRUE(bytes.bytes32().empty());
  EXPECT_TRUE(bytes.failed());
  Reader raw(input);
  EXPECT_TRUE(raw.raw(SIZE_MAX).empty());
  EXPECT_TRUE(raw.failed());
}

TEST(Reader, CountsTrailingBytesAsAFault) {
  const Buffer input = bytes_from({1, 2});
  Reader reader(input);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_FALSE(reader.finished());
  EXPECT_FALSE(reader.failed());
}

TEST(Reader, RefusesMoreElementsThanAllowed) {
  const Buffer input = bytes_from({3, 0, 3, 0});
  Reader reader(input);
  EXPECT_EQ(reader.count16(3), 3U);
  EXPECT_EQ(reader.count16(2), 0U);
  EXPECT_TRUE(reader.failed());
}

TEST(Writer, WritesWhatAReaderReads) {
  std::array<std::byte, 64> room;
  Writer writer(room);
  writer.u8(0xAB);
  writer.u16(0xBEEF);
  writer.u32(0xDEADBEEF);
  writer.u64(UINT64_MAX - 1);
  writer.text16("text");
  writer.bytes32(bytes_of("bytes"));
  writer.raw({});
  EXPECT_EQ(writer.size(), 1U + 2 + 4 + 8 + 2 + 4 + 4 + 5);
  Reader reader(writer.written());
  EXPECT_EQ(reader.u8(), 0xAB);
  EXPECT_EQ(reader.u16(), 0xBEEF);
  EXPECT_EQ(reader.u32(), 0xDEADBEEF);
  EXPECT_EQ(reader.u64(), UINT64_MAX - 1);
  EXPECT_EQ(reader.text16(), "text");
  EXPECT_EQ(text_of(reader.bytes32()), "bytes");
  EXPECT_TRUE(reader.finished());
}

TEST(WriterDeathTest, TrapsWhenTheRoomIsTooSmall) {
  std::array<std::byte, 3> room;
  Writer writer(room);
  writer.u16(1);
  EXPECT_DEATH(writer.u16(1), "");
  EXPECT_DEATH(writer.raw(bytes_of("ab")), "");
  EXPECT_DEATH(writer.text16(std::string(70000, 'a')), "");
}

TEST(Arena, GivesAlignedRoomThatDoesNotOverlap) {
  std::vector<std::byte> storage(256);
  Arena arena(storage);
  const auto bytes = arena.make_bytes(3);
  const auto numbers = arena.make_array<std::uint64_t>(4);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(numbers.data()) % alignof(std::uint64_t), 0U);
  EXPECT_GE(reinterpret_cast<std::byte*>(numbers.data()), bytes.data() + bytes.size());
  for (const std::uint64_t number : numbers) {
    EXPECT_EQ(number, 0U);
  }
  EXPECT_EQ(arena.bytes_used() + arena.bytes_left(), storage.size());
}

TEST(Arena, KeepsACopyOfAText) {
  std::vector<std::byte> storage(16);
  Arena arena(storage);
  std::string text = "kept";
  const std::string_view copy = arena.copy(text);
  text = "gone";
  EXPECT_EQ(copy, "kept");
  EXPECT_EQ(arena.copy(""), "");
}

TEST(Arena, MayBeUsedToItsLastByte) {
  std::vector<std::byte> storage(8);
  Arena arena(storage);
  EXPECT_EQ(arena.make_bytes(8).size(), 8U);
  EXPECT_EQ(arena.make_bytes(0).size(), 0U);
  arena.reset();
  EXPECT_EQ(arena.make_bytes(8).data(), storage.data());
}

TEST(ArenaDeathTest, TrapsWhenItIsFullAndWhenASizeWouldOverflow) {
  std::vector<std::byte> storage(64);
  Arena arena(storage);
  EXPECT_DEATH(static_cast<void>(arena.make_bytes(65)), "");
  EXPECT_DEATH(static_cast<void>(arena.make_array<std::uint64_t>(SIZE_MAX / 8 + 2)), "");
}

TEST(JsonWriter, WritesEveryByteSoThatAParserReadsItBackOnOneLine) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<char>(byte));
  }
  std::vector<char> room(4096);
  JsonWriter writer(room);
  writer.text("all", all);
  writer.plain("number", "12");
  writer.mark("marked");
  writer.text("empty", "");
  const std::string written(writer.finish());
  EXPECT_EQ(written.find('\n'), std::string::npos);
  EXPECT_EQ(written.find('<'), std::string::npos);
  const auto parsed = nlohmann::json::parse(written);
  EXPECT_EQ(parsed["number"], 12);
  EXPECT_EQ(parsed["marked"], true);
  EXPECT_EQ(parsed["empty"], "");
  // Bytes above 0x7F come back as the code points of Latin-1, two bytes each in UTF-8.
  EXPECT_EQ(parsed["all"].get<std::string>().size(), 128U + 2 * 128U);
  EXPECT_EQ(parsed["all"].get<std::string>().substr(0, 128), all.substr(0, 128));
}

TEST(JsonWriterDeathTest, TrapsWhenTheRoomIsTooSmall) {
  std::array<char, 8> room;
  JsonWriter writer(room);
  EXPECT_DEATH(writer.text("name", "value"), "");
}

}  // namespace
}  // namespace postern
