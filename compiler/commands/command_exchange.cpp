#include "compiler/commands/command_exchange.h"

#include <string_view>

#include "compiler/request_reader.h"

namespace postern::compiler {
namespace {

FaultOfFile read_fault(Reader& reader) {
  const std::uint8_t fault = reader.u8();
  if (fault >= file_faults) {
    reader.fail();
    return {};
  }
  std::string file(reader.text16());
  return {.fault = static_cast<FileFault>(fault),
          .file = std::move(file),
          .why = std::string(reader.text16())};
}

std::size_t size_of(const CommandAnswer& answer) {
  constexpr std::size_t length_bytes = sizeof(std::uint32_t);
  std::size_t size = 2 * length_bytes + answer.output.out.size() + answer.output.err.size() +
                     sizeof(std::uint8_t) + 2 * sizeof(std::uint16_t);
  for (const auto& [name, bytes] : answer.files) {
    size += sizeof(std::uint16_t) + name.size() + length_bytes + bytes.size();
  }
  for (const std::string& value : answer.values) {
    size += length_bytes + value.size();
  }
  return size;
}

}  // namespace

CommandAnswer said(CommandOutput output) {
  return {.output = std::move(output), .files = {}, .values = {}};
}

std::vector<std::byte> encode(const CommandAnswer& answer) {
  std::vector<std::byte> bytes(size_of(answer));
  Writer writer(bytes);
  writer.bytes32(bytes_of(answer.output.out));
  writer.bytes32(bytes_of(answer.output.err));
  writer.u8(static_cast<std::uint8_t>(answer.output.exit));
  writer.u16(static_cast<std::uint16_t>(answer.files.size()));
  for (const auto& [name, content] : answer.files) {
    writer.text16(name);
    writer.bytes32(content);
  }
  writer.u16(static_cast<std::uint16_t>(answer.values.size()));
  for (const std::string& value : answer.values) {
    writer.bytes32(bytes_of(value));
  }
  return bytes;
}

std::string read_name(Reader& reader) { return std::string(reader.text16()); }

GivenFile read_given(Reader& reader) {
  GivenFile file{.name = std::string(reader.text16()), .text = std::nullopt, .why = ""};
  const bool is_read = read_choice(reader);
  const std::string_view text = text_of(reader.bytes32());
  if (is_read) {
    file.text = text;
  } else {
    file.why = text;
  }
  return file;
}

std::optional<GivenFile> read_optional_file(Reader& reader) {
  return read_choice(reader) ? std::optional(read_given(reader)) : std::nullopt;
}

void report_faults(const std::vector<FaultOfFile>& faults, Report& report) {
  for (const FaultOfFile& fault : faults) {
    report_fault(fault.fault, fault.file, fault.why, report);
  }
}

CommandSetting read_setting(Reader& reader) {
  CommandSetting setting;
  setting.colour = read_choice(reader) ? Colour::always : Colour::never;
  report_faults(read_listed(reader, read_fault), setting.report);
  setting.faults_of_writing = read_listed(reader, read_fault);
  read_providers(reader, setting.catalogue);
  read_host(reader, setting.host);
  return setting;
}

}  // namespace postern::compiler
