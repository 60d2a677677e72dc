#include "compiler/request.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/commands/command_request.h"
#include "compiler/compiler.h"
#include "compiler/request_reader.h"
#include "postern/base/wire.h"
#include "postern/policy/policy.h"

namespace postern::compiler {
namespace {

struct Request {
  Target target = Target::production;
  std::string file;
  std::string_view text;
  Catalogue catalogue;
  HostLimits host;
  Environment environment;
};

void read_values(Reader& reader, Environment& environment) {
  environment.is_known = read_choice(reader);
  const std::size_t count = reader.count16(policy::secrets_max);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    std::string name(reader.text16());
    environment.values[std::move(name)] = text_of(reader.bytes32());
  }
}

std::optional<Request> read_request(Reader& reader) {
  Request request;
  request.target = read_choice(reader) ? Target::development : Target::production;
  request.file = reader.text16();
  request.text = text_of(reader.bytes32());
  read_providers(reader, request.catalogue);
  read_host(reader, request.host);
  read_values(reader, request.environment);
  return reader.finished() ? std::optional(std::move(request)) : std::nullopt;
}

std::optional<CompiledPolicy> compile_request(Request& request, Report& report) {
  return request.target == Target::production
             ? lint_policy(request.text, request.file, request.environment, request.host,
                           request.catalogue, report)
             : compile_policy(request.text, request.file, request.target, request.host,
                              request.catalogue, report);
}

std::optional<std::vector<std::byte>> answer_compile_text(Reader& reader) {
  std::optional<Request> read = read_request(reader);
  if (!read.has_value()) {
    return std::nullopt;
  }
  Report report;
  const auto compiled = compile_request(*read, report);
  const Bytes policy = compiled.has_value() ? Bytes(compiled->file) : Bytes();
  const std::string diagnostics = as_json(report.sorted());
  std::vector<std::byte> answer(2 * sizeof(std::uint32_t) + policy.size() + diagnostics.size());
  Writer writer(answer);
  writer.bytes32(policy);
  writer.bytes32(bytes_of(diagnostics));
  return answer;
}

}  // namespace

std::optional<std::vector<std::byte>> answer_request(Bytes request) {
  Reader reader(request);
  if (request.size() > request_bytes_max || reader.u8() != request_version) {
    return std::nullopt;
  }
  const auto kind = static_cast<RequestKind>(reader.u8());
  return kind == RequestKind::compile_text ? answer_compile_text(reader)
                                           : answer_command(kind, reader);
}

}  // namespace postern::compiler
