#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postern::harness {

/// What stands at a path, behind links.
enum class FileKind : std::uint8_t { none = 0, file = 1, folder = 2, other = 3 };

/// One name in a folder. A link to a folder is `other`, so that no way through folders is a circle.
struct FolderEntry {
  std::string name;
  FileKind kind = FileKind::other;
};

/// The files of the machine that a command runs on, wherever the command itself runs.
class Files {
 public:
  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;

  [[nodiscard]] virtual FileKind kind_of(const std::string& path) const = 0;

  /// The names in a folder, without `.` and `..`, in no order. Nothing when it cannot be read.
  [[nodiscard]] virtual std::optional<std::vector<FolderEntry>> entries_of(
      const std::string& folder) const = 0;

  /// A file's bytes; nothing when it is none, cannot be read, or is longer than `bytes_max`.
  [[nodiscard]] virtual std::optional<std::string> read(const std::string& path,
                                                        std::size_t bytes_max) const = 0;

  /// The folder that relative paths begin in.
  [[nodiscard]] virtual std::string here() const = 0;
};

}  // namespace postern::harness
