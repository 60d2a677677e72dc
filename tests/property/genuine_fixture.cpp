#include "property/genuine_fixture.h"

#include "compiler/diagnostics.h"
#include "harness/fixture/read_fixture.h"
#include "harness/fixture/select.h"
#include "harness/host/disk_files.h"

namespace postern::property {

std::string genuine_fixture(const std::string& slug) {
  compiler::Report report;
  for (const std::string& file :
       harness::select_fixtures(harness::disk_files(), {"fixtures/" + slug}, ".toml").files) {
    const auto fixture = harness::read_fixture(harness::disk_files(), file, report);
    if (fixture.has_value() && fixture->genuine.has_value()) {
      return file;
    }
  }
  return {};
}

}  // namespace postern::property
