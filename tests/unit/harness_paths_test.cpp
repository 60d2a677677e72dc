#include <gtest/gtest.h>

#include <filesystem>

#include "harness/host/path_text.h"

// What the standard library says of a path, by whose rules the harness reads one.

namespace postern::harness {
namespace {

using std::filesystem::path;

/// Every path of so many parts, with and without a slash before, behind and twice between them.
std::vector<std::string> paths() {
  std::vector<std::string> all = {""};
  std::vector<std::string> before = {"", "/", "//", "./"};
  for (std::size_t depth = 0; depth < 4; ++depth) {
    std::vector<std::string> next;
    for (const std::string& begin : before) {
      for (const char* part : {"a", ".", "..", ".b", "c.toml", "..."}) {
        all.push_back(begin + part);
        next.push_back(begin + part + "/");
      }
    }
    all.insert(all.end(), next.begin(), next.end());
    before = std::move(next);
    before.push_back("a//");
  }
  return all;
}

TEST(Paths, AreWhatTheStandardLibraryMakesOfThem) {
  const std::vector<std::string> all = paths();
  ASSERT_GT(all.size(), 5000U);
  for (const std::string& text : all) {
    // POSIX lets two slashes at the beginning mean anything; here they mean one.
    const std::string alike = text.starts_with("//") ? text.substr(1) : text;
    EXPECT_EQ(normal_path(text), path(alike).lexically_normal().string()) << text;
    EXPECT_EQ(folder_of(text), path(text).parent_path().string()) << text;
    EXPECT_EQ(file_name_of(text), path(text).filename().string()) << text;
    EXPECT_EQ(stem_of(text), path(text).stem().string()) << text;
    EXPECT_EQ(ending_of(text), path(text).extension().string()) << text;
    EXPECT_EQ(joined_path(text, "x/y"), (path(text) / "x/y").string()) << text;
    EXPECT_EQ(joined_path(text, "/y"), (path(text) / "/y").string()) << text;
  }
}

}  // namespace
}  // namespace postern::harness
