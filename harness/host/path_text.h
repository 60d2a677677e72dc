#pragma once

#include <string>
#include <string_view>

// Paths as texts, by the rules that std::filesystem::path has for POSIX: the harness runs where
// there is no file system too.

namespace postern::harness {

/// `normal_path` takes out what leads nowhere: `.`, `FOLDER/..` and repeated slashes. A slash at
/// the end stays. Empty for an empty one.
[[nodiscard]] std::string normal_path(std::string_view path);

/// `folder_of` is what stands before the last part, without the slash between them; `file_name_of`
/// the last part, empty behind a slash at the end.
[[nodiscard]] std::string folder_of(std::string_view path);
[[nodiscard]] std::string file_name_of(std::string_view path);

/// `ending_of` is the last `.` of the file's name and what follows; empty for a name that has none,
/// or only begins with one. `stem_of` is the name without it.
[[nodiscard]] std::string ending_of(std::string_view path);
[[nodiscard]] std::string stem_of(std::string_view path);

/// `joined_path` is `name` in `folder`; `name` itself where that begins at the root.
[[nodiscard]] std::string joined_path(std::string_view folder, std::string_view name);

}  // namespace postern::harness
