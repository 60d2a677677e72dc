#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/http/query.h"

// A signed query behind a destination's own. What parsers take alike: PHP's `parse_str` turns dots
// and blanks in names into underscores, and `[` where no `]` follows, drops blanks in front, cuts
// arrays at `[` and names at a NUL (php-src, main/php_variables.c); ASP.NET
// compares names without case; older Java, Python and Ruby servers cut at `;` as well. Read
// 2026-11-29.

namespace postern::http {
namespace {

constexpr std::string_view url = "https://origin.test/in?user_id=7&Tenant=x";

TEST(Query, MayStandBehindOneWithOtherNames) {
  for (const std::string_view query :
       {"", "a=1", "a=1&b=2", "user=1", "user_id2=1", "x=user_id", "a=1&&b=2", "&", "%zz=1", "a;b",
        "user-id=1", "user[i]d=1", "user%00_id=1"}) {
    EXPECT_TRUE(may_extend(url, query)) << query;
    EXPECT_TRUE(may_extend("https://origin.test/in", query)) << query;
  }
  EXPECT_TRUE(may_extend("https://origin.test/in", "user_id=1"));
  EXPECT_TRUE(may_extend("https://origin.test/in?", "user_id=1"));
  // An empty parameter has no name, and one of blanks alone keeps none.
  EXPECT_TRUE(may_extend("https://origin.test/in?a=1&&b=2", "user_id=1"));
  EXPECT_TRUE(may_extend("https://origin.test/in?+%20=1", "user_id=1"));
}

TEST(Query, MayNotRepeatANameInAnySpelling) {
  for (const std::string_view query :
       {"user_id=7",    "a=1&user_id=8",   "user_id",         "USER_ID=8",       "tenant=y",
        "user%5Fid=8",  "user%5fid=8",     "%75ser_id=8",     "user.id=8",       "user+id=8",
        "user%20id=8",  "user_id[]=8",     "user_id%5B%5D=8", "user_id[0][a]=8", "a=1;user_id=8",
        "+user_id=8",   "%20%20user_id=8", "user%2eid=8",     "user[id=8",       "user%5Bid=8",
        "user_id%00=8", "user_id%00x=8",   "user.id%00[]=8"}) {
    EXPECT_FALSE(may_extend(url, query)) << query;
  }
  EXPECT_FALSE(may_extend("https://origin.test/?a;b=1", "b=2"));
  EXPECT_FALSE(may_extend("https://origin.test/?%62=1", "b=2"));
  EXPECT_FALSE(may_extend("https://origin.test/?a[b=1", "a_b=2"));
  EXPECT_FALSE(may_extend("https://origin.test/?a%00b=1", "a=2"));
}

TEST(Query, MayHaveOnlyWhatAUrlCarriesUnchanged) {
  for (const std::string_view query :
       {"a=#b", "a= b", "a=\"", "a=<", "a=>", "a=\\", "a=\x7f", "a=\xc3\xa4", "a=\n", "a=\t"}) {
    EXPECT_FALSE(may_extend("https://origin.test/in", query)) << query;
  }
}

TEST(Query, StandsBehindTheOneThatIsThere) {
  std::array<std::byte, 1024> room;
  Arena arena(room);
  EXPECT_EQ(extend("https://o.test/in", "a=1", arena), "https://o.test/in?a=1");
  EXPECT_EQ(extend("https://o.test/in?", "a=1", arena), "https://o.test/in?a=1");
  EXPECT_EQ(extend("https://o.test/in?b=2", "a=1&c", arena), "https://o.test/in?b=2&a=1&c");
  EXPECT_EQ(extend("https://o.test", "a=1", arena), "https://o.test?a=1");
  EXPECT_EQ(extend("https://o.test/in?b=2", "", arena), "https://o.test/in?b=2");
}

}  // namespace
}  // namespace postern::http
