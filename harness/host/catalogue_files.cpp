#include "harness/host/catalogue_files.h"

#include <string>
#include <system_error>
#include <utility>

#include "compiler/commands/command_output.h"
#include "harness/host/read_file.h"

namespace postern::harness {

namespace fs = std::filesystem;

compiler::Catalogue embedded_catalogue() {
  compiler::Catalogue catalogue;
  for (const ProviderText& provider : embedded_providers()) {
    const std::string slug(provider.slug);
    catalogue.add(slug, "wasm/providers/" + slug + ".toml", std::string(provider.text));
  }
  return catalogue;
}

compiler::Catalogue read_catalogue(const fs::path& folder, compiler::Report& report) {
  compiler::Catalogue catalogue;
  std::error_code fault;
  for (const fs::directory_entry& file : fs::directory_iterator(folder, fault)) {
    if (file.path().extension() != ".toml") {
      continue;
    }
    auto [text, why] = read_whole(file.path().string(), file_bytes_max);
    if (!text.has_value()) {
      report_fault(compiler::FileFault::provider_unreadable, file.path().string(), why, report);
      continue;
    }
    catalogue.add(file.path().stem().string(), file.path().string(), std::move(*text));
  }
  if (fault) {
    report_fault(compiler::FileFault::providers_unreadable, folder.string(), fault.message(),
                 report);
  }
  return catalogue;
}

}  // namespace postern::harness
