#include "compiler/request_reader.h"

#include <string>
#include <utility>

#include "compiler/request.h"

namespace postern::compiler {

void read_providers(Reader& reader, Catalogue& catalogue) {
  const std::size_t count = reader.count16(request_providers_max);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    std::string slug(reader.text16());
    std::string file(reader.text16());
    catalogue.add(std::move(slug), std::move(file), std::string(text_of(reader.bytes32())));
  }
}

bool read_choice(Reader& reader) {
  const std::uint8_t choice = reader.u8();
  if (choice > 1) {
    reader.fail();
  }
  return choice == 1;
}

void read_host(Reader& reader, HostLimits& host) {
  host.name = reader.text16();
  const std::size_t count = reader.count16(request_periods_max);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    host.rate_periods_seconds.push_back(reader.u32());
  }
  host.rate_binding_prefix = reader.text16();
  host.queue_message_bytes_max = reader.u32();
  host.handlers = read_choice(reader);
}

}  // namespace postern::compiler
