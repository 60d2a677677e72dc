#include "harness/wasm/imported_host.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "harness/host/defects.h"
#include "harness/wasm/imported_outside.h"
#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/base/wire.h"

// Files, the gate and a clock, of whoever runs the module: what it imports besides cryptography. A
// function that gives bytes gives their length, and keeps them until `take` has copied them.

namespace postern::harness {
namespace {

#define POSTERN_HOST_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

extern "C" {

/// Gives `FileKind`.
POSTERN_HOST_IMPORT("files", "kind")
std::uint32_t import_file_kind(const char* path, std::size_t path_bytes);

/// What is in a folder: of each name a u8 `FileKind` and a text16. Below zero when it cannot be
/// read.
POSTERN_HOST_IMPORT("files", "entries")
std::int32_t import_file_entries(const char* folder, std::size_t folder_bytes);

/// Below zero for what is no file, cannot be read, or is longer than `bytes_max`.
POSTERN_HOST_IMPORT("files", "read")
std::int32_t import_file_bytes(const char* path, std::size_t path_bytes, std::size_t bytes_max);

POSTERN_HOST_IMPORT("files", "here")
std::int32_t import_file_here();

POSTERN_HOST_IMPORT("files", "take")
void import_file_take(char* output);

/// A gate of its own for all calls until the next start.
POSTERN_HOST_IMPORT("engine", "start")
void import_engine_start();

/// The calls of docs/ABI.md: 0 configure, 1 begin, 2 resume, 3 ledger.
POSTERN_HOST_IMPORT("engine", "call")
std::int32_t import_engine_call(std::uint32_t which, const char* frame, std::size_t frame_bytes);

POSTERN_HOST_IMPORT("engine", "take")
void import_engine_take(char* output);

/// Seconds since some time that stays.
POSTERN_HOST_IMPORT("host", "seconds")
double import_seconds();

/// Does not come back.
POSTERN_HOST_IMPORT("host", "defect")
void import_defect(const char* words, std::size_t words_bytes);

}  // extern "C"

/// What `take` copies.
std::string taken(std::int32_t length, void (*take)(char*)) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  take(bytes.data());
  return bytes;
}

class ImportedFiles final : public Files {
 public:
  FileKind kind_of(const std::string& path) const override {
    const std::uint32_t kind = import_file_kind(path.data(), path.size());
    POSTERN_CHECK(kind <= static_cast<std::uint32_t>(FileKind::other));
    return static_cast<FileKind>(kind);
  }

  std::optional<std::vector<FolderEntry>> entries_of(const std::string& folder) const override {
    const std::int32_t length = import_file_entries(folder.data(), folder.size());
    if (length < 0) {
      return std::nullopt;
    }
    const std::string list = taken(length, import_file_take);
    Reader reader(bytes_of(list));
    std::vector<FolderEntry> entries;
    while (!reader.finished()) {
      const std::uint8_t kind = reader.u8();
      std::string name(reader.text16());
      POSTERN_CHECK(!reader.failed() && kind <= static_cast<std::uint8_t>(FileKind::other));
      entries.push_back({std::move(name), static_cast<FileKind>(kind)});
    }
    return entries;
  }

  std::optional<std::string> read(const std::string& path, std::size_t bytes_max) const override {
    const std::int32_t length = import_file_bytes(path.data(), path.size(), bytes_max);
    return length < 0 ? std::nullopt : std::optional(taken(length, import_file_take));
  }

  std::string here() const override { return taken(import_file_here(), import_file_take); }
};

/// There is one gate at a time: the one that was started last.
class ImportedEngine final : public Engine {
 public:
  ImportedEngine() { import_engine_start(); }

  std::string_view name() const override { return "wasm"; }
  std::string configure(std::string_view frame) override { return call(0, frame); }
  std::string begin(std::string_view frame) override { return call(1, frame); }
  std::string resume(std::string_view frame) override { return call(2, frame); }
  std::string ledger(std::string_view frame) override { return call(3, frame); }

 private:
  static std::string call(std::uint32_t which, std::string_view frame) {
    return taken(import_engine_call(which, frame.data(), frame.size()), import_engine_take);
  }
};

std::unique_ptr<Engine> make_imported_engine() { return std::make_unique<ImportedEngine>(); }

}  // namespace

const HarnessHost& imported_host() {
  static const ImportedFiles files;
  static const HarnessHost host{.files = files,
                                .outside = imported_outside(),
                                .make_engine = make_imported_engine,
                                .clock = import_seconds};
  return host;
}

void malformed_answer(std::string_view what) {
  import_defect(what.data(), what.size());
  trap();
}

}  // namespace postern::harness
