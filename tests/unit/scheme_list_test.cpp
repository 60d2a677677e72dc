#include <gtest/gtest.h>

#include <algorithm>

#include "core_support.h"
#include "postern/scheme/reading.h"

// Lists as senders write them: with blanks, by places, of lists, under any key.

namespace postern::scheme {
namespace {

using namespace testing_support;

/// What a locator finds in one header value that is a list.
class ListForm : public testing::Test {
 protected:
  Presence read(std::string_view value) {
    const std::array headers = {http::Header{.name = "x-signature", .value = value}};
    const http::Delivery delivery = delivery_with("", headers);
    Reading reading(delivery, room_.arena);
    std::array<std::string_view, candidates_max> values;
    std::size_t found = 0;
    const Presence presence = reading.values_at(locator, values, found);
    found_.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(found));
    return presence;
  }

  Located read_one(std::string_view value) {
    const std::array headers = {http::Header{.name = "x-signature", .value = value}};
    const http::Delivery delivery = delivery_with("", headers);
    Reading reading(delivery, room_.arena);
    return reading.value_at(locator);
  }

  void pairs(std::string_view item) {
    locator.separator = ',';
    locator.pair = '=';
    locator.item = item;
  }

  Locator locator = at_header("x-signature");
  std::vector<std::string> found_;
  Room room_;
};

TEST_F(ListForm, TakesOneBlankBehindASeparatorWhereTheSenderWritesIt) {
  pairs("v1");
  locator.has_blanks = true;
  for (const std::string_view value : {"t=1, v1=a", "v1=a, t=1", "t=1,v1=a"}) {
    EXPECT_EQ(read(value), Presence::one) << value;
    EXPECT_EQ(found_, std::vector<std::string>{"a"}) << value;
  }
  for (const std::string_view value :
       {"t=1,  v1=a", "t=1,\tv1=a", " t=1, v1=a", "t=1, v1=a,", ", v1=a", "t=1, "}) {
    EXPECT_EQ(read(value), Presence::malformed) << value;
  }
}

// Two headers of one name look like one list then: what may be there once tells.
TEST_F(ListForm, RefusesTwoListsWithBlanksByWhatIsThereTwice) {
  pairs("t");
  locator.has_blanks = true;
  EXPECT_EQ(read_one("t=1, v1=a").text, "1");
  for (const std::string_view value : {"t=1, v1=a, t=1, v1=a", "t=1, v1=a, t=2, v1=b"}) {
    EXPECT_EQ(read_one(value).presence, Presence::malformed) << value;
  }
}

TEST_F(ListForm, LeavesItemsOutByTheirPlace) {
  locator.separator = ',';
  locator.skip = 1;
  EXPECT_EQ(read("1700000000,a,b"), Presence::one);
  EXPECT_EQ(found_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read("1700000000"), Presence::malformed) << "it ends before what is wanted";
  EXPECT_EQ(read(""), Presence::malformed);
  locator.skip = 0;
  locator.take = 1;
  EXPECT_EQ(read_one("1700000000,a,b").text, "1700000000");
  locator.skip = 1;
  EXPECT_EQ(read_one("1700000000,a,b").text, "a");
  EXPECT_EQ(read_one("1700000000, a").presence, Presence::malformed);
}

TEST_F(ListForm, TakesItemsOfAnyKey) {
  locator.separator = ',';
  locator.pair = '/';
  locator.item = any_item;
  locator.prefix = "sha256/";
  EXPECT_EQ(read("1/sha256/a,2/sha256/b"), Presence::one);
  EXPECT_EQ(found_, (std::vector<std::string>{"a", "b"}));
  for (const std::string_view value :
       {"1/sha512/a", "/sha256/a", "1/a", "sha256", "1 2/sha256/a"}) {
    EXPECT_EQ(read(value), Presence::malformed) << value;
  }
}

TEST_F(ListForm, ReadsListsOfLists) {
  pairs("v1");
  locator.groups = ' ';
  EXPECT_EQ(read("t=1,v1=a t=1,v1=b"), Presence::one);
  EXPECT_EQ(found_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read("t=1,v1=a"), Presence::one);
  EXPECT_EQ(found_, std::vector<std::string>{"a"});
  for (const std::string_view value : {"t=1,v1=a ", " t=1,v1=a", "t=1,v1=a  t=1,v1=b",
                                       "t=1,v1=a, t=1,v1=b", "t=1,v1=a ,t=1,v1=b"}) {
    EXPECT_EQ(read(value), Presence::malformed) << value;
  }
}

TEST_F(ListForm, TakesOneValueOutOfListsThatAllHaveIt) {
  pairs("t");
  locator.groups = ' ';
  EXPECT_EQ(read_one("t=1,v1=a t=1,v1=b").text, "1");
  EXPECT_EQ(read_one("t=1,v1=a v1=b").text, "1");
  EXPECT_EQ(read_one("t=1,v1=a t=2,v1=b").presence, Presence::malformed);
  EXPECT_EQ(read_one("v1=a v1=b").presence, Presence::absent);
}

}  // namespace
}  // namespace postern::scheme
