#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/catalogue.h"
#include "compiler/commands/command_output.h"
#include "compiler/diagnostics.h"
#include "compiler/host_limits.h"
#include "postern/base/wire.h"

// What the requests and answers of commands have, whatever their kind: compiler/commands/
// command_request.h has the form.

namespace postern::compiler {

/// Of a request's lists: a process may have some hundred values.
inline constexpr std::size_t listed_max = UINT16_MAX;

/// A file that could not be read or written.
struct FaultOfFile {
  FileFault fault = FileFault::policy_unreadable;
  std::string file;
  std::string why;
};

/// What a request begins with.
struct CommandSetting {
  Colour colour = Colour::never;
  std::vector<FaultOfFile> faults_of_writing;
  Catalogue catalogue;
  HostLimits host;
  Report report;  // Faults of reading are in it.
};

struct CommandAnswer {
  CommandOutput output;
  std::vector<std::pair<std::string, std::vector<std::byte>>> files;
  std::vector<std::string> values;
};

/// `said` is an answer that prints and writes no file.
[[nodiscard]] CommandAnswer said(CommandOutput output);

[[nodiscard]] std::vector<std::byte> encode(const CommandAnswer& answer);

/// `read_setting` reads the beginning of a request, behind its kind.
[[nodiscard]] CommandSetting read_setting(Reader& reader);

[[nodiscard]] std::string read_name(Reader& reader);
[[nodiscard]] GivenFile read_given(Reader& reader);
[[nodiscard]] std::optional<GivenFile> read_optional_file(Reader& reader);

void report_faults(const std::vector<FaultOfFile>& faults, Report& report);

template <class Element>
[[nodiscard]] std::vector<Element> read_listed(Reader& reader, Element (*read)(Reader&)) {
  std::vector<Element> list;
  const std::size_t count = reader.count16(listed_max);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    list.push_back(read(reader));
  }
  return list;
}

}  // namespace postern::compiler
