#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "postern/encoding/rfc3339.h"

namespace postern::encoding {
namespace {

std::optional<std::int64_t> decoded(const std::string& text) {
  const std::vector<char> exact(text.begin(), text.end());
  return decode_rfc3339({exact.data(), exact.size()});
}

std::string printed(const std::tm& time, const char* zone) {
  char text[40];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d%s", time.tm_year + 1900,
                time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec, zone);
  return text;
}

// Source: RFC 3339 section 5.8; the unix times by GNU date.
TEST(Rfc3339, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(decoded("1985-04-12T23:20:50.52Z"), 482196050);
  EXPECT_EQ(decoded("1996-12-19T16:39:57-08:00"), 851042397);
  EXPECT_EQ(decoded("1937-01-01T12:00:27.87+00:20"), -1041337173);
  EXPECT_EQ(decoded("1990-12-31T23:59:60Z"), std::nullopt) << "The leap second is refused.";
}

TEST(Rfc3339, AgreesWithTimegmOnEveryDayOfTheCalendar) {
  std::size_t days = 0;
  for (int year = 0; year <= 9999; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= 31; ++day) {
        std::tm time{};
        time.tm_year = year - 1900;
        time.tm_mon = month - 1;
        time.tm_mday = day;
        time.tm_hour = day % 24;
        time.tm_min = month * 4;
        time.tm_sec = year % 60;
        const std::string text = printed(time, "Z");
        const std::time_t expected = timegm(&time);
        // timegm carries a day that does not exist over into the next month.
        const bool exists = time.tm_mday == day;
        ASSERT_EQ(decoded(text), exists ? std::optional<std::int64_t>(expected) : std::nullopt)
            << text;
        days += exists ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(days, 25U * 146097U) << "Four hundred Gregorian years have 146097 days.";
}

TEST(Rfc3339, AgreesWithTimegmOnEverySecondOfADay) {
  std::tm time{};
  time.tm_year = 123;
  time.tm_mon = 10;
  time.tm_mday = 14;
  for (time.tm_hour = 0; time.tm_hour <= 24; ++time.tm_hour) {
    for (time.tm_min = 0; time.tm_min <= 60; ++time.tm_min) {
      for (time.tm_sec = 0; time.tm_sec <= 61; ++time.tm_sec) {
        const bool exists = time.tm_hour < 24 && time.tm_min < 60 && time.tm_sec < 60;
        std::tm copy = time;
        const auto expected = exists ? std::optional<std::int64_t>(timegm(&copy)) : std::nullopt;
        ASSERT_EQ(decoded(printed(time, "Z")), expected) << printed(time, "Z");
      }
    }
  }
}

TEST(Rfc3339, TakesTheOffsetOffTheLocalTime) {
  EXPECT_EQ(decoded("2023-11-14T22:13:20Z"), 1700000000);
  EXPECT_EQ(decoded("2023-11-14T22:13:20+00:00"), 1700000000);
  EXPECT_EQ(decoded("2023-11-14T22:13:20-00:00"), 1700000000);
  EXPECT_EQ(decoded("2023-11-15T03:43:20+05:30"), 1700000000);
  EXPECT_EQ(decoded("2023-11-14T14:13:20-08:00"), 1700000000);
  EXPECT_EQ(decoded("2023-11-15T22:12:20+23:59"), 1700000000);
}

TEST(Rfc3339, DropsAFractionOfOneToNineDigits) {
  for (const char* fraction : {".0", ".9", ".999", ".123456789", ".999999999"}) {
    EXPECT_EQ(decoded(std::string("2023-11-14T22:13:20") + fraction + "Z"), 1700000000) << fraction;
    EXPECT_EQ(decoded(std::string("2023-11-14T23:13:20") + fraction + "+01:00"), 1700000000);
  }
  EXPECT_EQ(decoded("1969-12-31T23:59:59.9Z"), -1) << "Dropped, not rounded towards 1970.";
  for (const char* rest : {".Z", ".", ".1234567890Z", ",5Z", ".5", ".-5Z", ". 5Z", ".5.5Z"}) {
    EXPECT_EQ(decoded(std::string("2023-11-14T22:13:20") + rest), std::nullopt) << rest;
  }
}

TEST(Rfc3339, RefusesOtherShapes) {
  for (const char* text : {"",
                           "Z",
                           "2023-11-14",
                           "2023-11-14T22:13Z",
                           "2023-11-14T22:13:20",
                           "2023-11-14 22:13:20Z",
                           "2023-11-14t22:13:20Z",
                           "2023-11-14T22:13:20z",
                           "20231114T221320Z",
                           "2023-318T22:13:20Z",
                           "+2023-11-14T22:13:20Z",
                           "-2023-11-14T22:13:20Z",
                           "12023-11-14T22:13:20Z",
                           " 2023-11-14T22:13:20Z",
                           "2023-11-14T22:13:20Z ",
                           "2023-11-14T22:13:20Z\n",
                           "2023-1-14T22:13:20Z",
                           "2023-11-14T2:13:20Z",
                           "2023-11-14T22:13:20 Z",
                           "2023-11-14T22:13:20ZZ",
                           "2023-11-14T22:13:20Z+00:00",
                           "2023-11-14T22-13-20Z",
                           "2023/11/14T22:13:20Z",
                           "2023-00-14T22:13:20Z",
                           "2023-11-00T22:13:20Z",
                           "2O23-11-14T22:13:20Z"}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Rfc3339, RefusesOffsetsThatDoNotExist) {
  for (const char* zone : {"+24:00", "-24:00", "+00:60", "+0000", "+00", "+1:00", "+01:0",
                           "+01:000", "+-1:00", "++1:00", "+01-00", "+", "-", "UTC", "+01:00Z",
                           "\xE2\x88\x92"
                           "08:00"}) {
    EXPECT_EQ(decoded(std::string("2023-11-14T22:13:20") + zone), std::nullopt) << zone;
  }
}

TEST(Rfc3339, ReadsEveryPrefixOfATimeAsNoTime) {
  const std::string text = "2023-11-14T22:13:20.123456789+05:30";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(decoded(text.substr(0, length)), std::nullopt) << length;
  }
  EXPECT_TRUE(decoded(text).has_value());
}

// Expected values: `date -u -d @SECONDS` and `strftime` of glibc.
TEST(HttpDate, IsReadInTheOneFormThatSendersMustWrite) {
  EXPECT_EQ(decode_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);  // RFC 9110, 5.6.7.
  EXPECT_EQ(decode_http_date("Tue, 14 Nov 2023 22:13:20 GMT"), 1700000000);
  EXPECT_EQ(decode_http_date("Thu, 29 Feb 2024 00:00:01 GMT"), 1709164801);
  EXPECT_EQ(decode_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  for (const char* other : {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                            "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
                            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                            "Sun, 06 Nov 1994 08:49:37 gmt", "Sun  06 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
                            "Sun, 06 anF 1994 08:49:37 GMT", "Wed, 31 Dec 1969 23:59:59 GMT",
                            "Sun, 06 Nov 1994 08:49:37 GMT ", ""}) {
    EXPECT_EQ(decode_http_date(other), std::nullopt) << other;
  }
}

TEST(IsoUtc, TakesATimeWithoutAZoneForOneOfUtc) {
  EXPECT_EQ(decode_iso_utc("2023-11-14T22:13:20"), 1700000000);
  EXPECT_EQ(decode_iso_utc("2023-11-14T22:13:20.551"), 1700000000);
  EXPECT_EQ(decode_iso_utc("2023-11-14T22:13:20Z"), 1700000000);
  EXPECT_EQ(decode_iso_utc("2023-11-14T23:13:20+01:00"), 1700000000);
  for (const char* other : {"2023-11-14T22:13:20.", "2023-11-14T22:13:20 ", "2023-11-14T22:13",
                            "2023-11-14 22:13:20", "2023-11-14T22:13:20z", ""}) {
    EXPECT_EQ(decode_iso_utc(other), std::nullopt) << other;
  }
  EXPECT_EQ(decode_rfc3339("2023-11-14T22:13:20"), std::nullopt);
}

}  // namespace
}  // namespace postern::encoding
