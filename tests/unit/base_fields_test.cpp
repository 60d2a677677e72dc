#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "postern/base/fields.h"

// Lists of fields in both directions. The expected bytes are written by hand.

namespace postern {
namespace {

struct Leaf {
  std::string_view name;
  std::uint8_t grade = 1;
};
constexpr auto leaf_fields =
    list_fields(POSTERN_TEXT_FIELD(Leaf, name, 3), POSTERN_NUMBER_FIELD(Leaf, grade, 1, 2));

struct Branch {
  std::uint16_t number = 0;
  std::span<const Leaf> leaves;
};
constexpr auto branch_fields = list_fields(POSTERN_FIELD(Branch, number),
                                           POSTERN_LIST_FIELD(Branch, leaves, 8, 4, leaf_fields));

struct Tree {
  bool has_root = false;
  Leaf root;
  std::span<const Branch> branches;
  std::span<const std::uint16_t> numbers;
  Bytes rest;
};
constexpr auto tree_fields =
    list_fields(POSTERN_FIELD(Tree, has_root),
                POSTERN_WHEN(Tree, has_root, 1, POSTERN_SHARED_FIELD(Tree, root, leaf_fields)),
                POSTERN_LIST_FIELD(Tree, branches, 16, 300, shared_element(branch_fields)),
                POSTERN_LIST_FIELD(Tree, numbers, 16, 2, scalar_field<std::uint16_t>()),
                POSTERN_BYTES16_FIELD(Tree, rest));

using Buffer = std::vector<std::byte>;

Buffer bytes_from(std::initializer_list<int> values) {
  Buffer bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

const Buffer whole = bytes_from({1, 1, 0,   'r', 2,                   // The root.
                                 2, 0,                                // Two branches.
                                 9, 0, 2,   1,   0, 'a', 1, 0, 0, 2,  // Two leaves.
                                 8, 1, 0,                             // None.
                                 2, 0, 7,   0,   6, 0,                // Numbers.
                                 2, 0, 'x', 'y'});

struct Read {
  Tree tree;
  bool is_sound = false;
  bool has_room = false;
};

Read read(const Buffer& input, Arena& arena) {
  Read result;
  Reader reader(input);
  result.has_room = read_fields(tree_fields, reader, arena, result.tree);
  result.is_sound = reader.finished();
  return result;
}

class Fields : public testing::Test {
 protected:
  std::array<std::byte, 1024> storage_{};
  Arena arena_{storage_};
};

TEST_F(Fields, ReadListsInLists) {
  const auto [tree, is_sound, has_room] = read(whole, arena_);
  ASSERT_TRUE(is_sound && has_room);
  EXPECT_TRUE(tree.has_root);
  EXPECT_EQ(tree.root.name, "r");
  ASSERT_EQ(tree.branches.size(), 2U);
  EXPECT_EQ(tree.branches[0].number, 9);
  ASSERT_EQ(tree.branches[0].leaves.size(), 2U);
  EXPECT_EQ(tree.branches[0].leaves[0].name, "a");
  EXPECT_EQ(tree.branches[0].leaves[1].name, "");
  EXPECT_EQ(tree.branches[0].leaves[1].grade, 2);
  EXPECT_EQ(tree.branches[1].number, 264);
  EXPECT_TRUE(tree.branches[1].leaves.empty());
  EXPECT_EQ(std::vector(tree.numbers.begin(), tree.numbers.end()),
            (std::vector<std::uint16_t>{7, 6}));
  EXPECT_EQ(text_of(tree.rest), "xy");
}

TEST_F(Fields, AreWrittenAsTheyAreRead) {
  const Read first = read(whole, arena_);
  std::array<std::byte, 64> room{};
  Writer writer(room);
  write_fields(tree_fields, first.tree, writer);
  EXPECT_EQ(Buffer(writer.written().begin(), writer.written().end()), whole);
}

TEST_F(Fields, LeaveOutWhatIsNotThere) {
  const Buffer input = bytes_from({0, 0, 0, 0, 0, 0, 0});
  const auto [tree, is_sound, has_room] = read(input, arena_);
  EXPECT_TRUE(is_sound);
  EXPECT_EQ(tree.root.grade, 1) << "as it was";
}

TEST_F(Fields, RefuseWhatIsCutAnywhere) {
  for (std::size_t size = 0; size < whole.size(); ++size) {
    arena_.reset();
    EXPECT_FALSE(
        read(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), arena_)
            .is_sound)
        << size;
  }
}

TEST_F(Fields, RefuseWhatMeansNothing) {
  const auto with = [](std::size_t at, int value) {
    Buffer input = whole;
    input[at] = static_cast<std::byte>(value);
    return input;
  };
  EXPECT_FALSE(read(with(0, 2), arena_).is_sound) << "a truth of 2";
  EXPECT_FALSE(read(with(4, 0), arena_).is_sound) << "a grade below the least";
  EXPECT_FALSE(read(with(4, 3), arena_).is_sound) << "a grade over the most";
  EXPECT_FALSE(read(with(9, 5), arena_).is_sound) << "a leaf more than there may be";
  EXPECT_FALSE(read(with(21, 3), arena_).is_sound) << "a number more than there may be";
  const Buffer long_name = bytes_from({1, 4, 0, 'a', 'b', 'c', 'd', 1, 0, 0, 0, 0, 0, 0});
  EXPECT_FALSE(read(long_name, arena_).is_sound);
}

TEST_F(Fields, SayWhenTheArenaHasNoRoom) {
  std::array<std::byte, 2 * sizeof(Branch)> small{};
  Arena arena(small);
  const Read result = read(whole, arena);
  EXPECT_FALSE(result.has_room);
  EXPECT_FALSE(result.is_sound);
  EXPECT_TRUE(read(bytes_from({0, 1}), arena_).has_room) << "malformed, and not too large";
}

TEST_F(Fields, HoldNoListsWhereThereIsNoArena) {
  const Buffer empty = bytes_from({0, 0, 0, 0, 0, 0, 0});
  for (const Buffer& input : {whole, empty}) {
    Tree tree;
    Reader reader(input);
    read_fields(tree_fields, reader, tree);
    EXPECT_TRUE(reader.failed());
  }
}

TEST(FieldsDeathTest, TrapAtAListThatIsLongerThanItsCountCanSay) {
  const std::vector<Leaf> leaves(256);
  const std::array branches = {Branch{.number = 0, .leaves = leaves}};
  const Tree tree{.has_root = false, .root = {}, .branches = branches, .numbers = {}, .rest = {}};
  std::array<std::byte, 4096> room{};
  EXPECT_DEATH(
      {
        Writer writer(room);
        write_fields(tree_fields, tree, writer);
      },
      "");
}

}  // namespace
}  // namespace postern
