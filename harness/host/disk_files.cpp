#include "harness/host/disk_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace postern::harness {
namespace {

namespace fs = std::filesystem;

FileKind kind_of_status(const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::none:
    case fs::file_type::not_found:
      return FileKind::none;
    case fs::file_type::regular:
      return FileKind::file;
    case fs::file_type::directory:
      return FileKind::folder;
    default:
      return FileKind::other;
  }
}

/// A folder's list mostly says what its names are.
FileKind kind_of_entry(const fs::directory_entry& entry) {
  std::error_code unknown;
  return entry.is_regular_file(unknown)                              ? FileKind::file
         : entry.is_directory(unknown) && !entry.is_symlink(unknown) ? FileKind::folder
         : entry.exists(unknown)                                     ? FileKind::other
                                                                     : FileKind::none;
}

class DiskFiles final : public Files {
 public:
  FileKind kind_of(const std::string& path) const override {
    std::error_code fault;
    return kind_of_status(fs::status(path, fault));
  }

  std::optional<std::vector<FolderEntry>> entries_of(const std::string& folder) const override {
    std::error_code fault;
    std::vector<FolderEntry> entries;
    for (fs::directory_iterator at(folder, fault); !fault && at != fs::directory_iterator();
         at.increment(fault)) {
      entries.push_back({at->path().filename().string(), kind_of_entry(*at)});
    }
    return fault ? std::nullopt : std::optional(std::move(entries));
  }

  std::optional<std::string> read(const std::string& path, std::size_t bytes_max) const override {
    return read_bytes(path, bytes_max);
  }

  std::string here() const override {
    std::error_code unknown;
    return fs::current_path(unknown).string();
  }
};

}  // namespace

const Files& disk_files() {
  static const DiskFiles files;
  return files;
}

std::optional<std::string> read_bytes(const std::string& file, std::size_t bytes_max) {
  std::error_code fault;
  if (!fs::is_regular_file(file, fault) || fs::file_size(file, fault) > bytes_max || fault) {
    return std::nullopt;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  return stream ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace postern::harness
