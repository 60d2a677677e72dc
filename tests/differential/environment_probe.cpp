// Reads, from standard input, an array of `[text, process]`, and writes for each what the files of
// values say: `{"values", "written", "fault"}`.

#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/commands/environment_file.h"

int main() {
  using nlohmann::json;
  json answers = json::array();
  for (const json& one : json::parse(std::cin)) {
    const auto file = postern::compiler::read_environment(
        one.at(0).get<std::string>(), one.at(1).get<postern::compiler::Values>());
    answers.push_back({{"values", file.values}, {"written", file.written}, {"fault", file.fault}});
  }
  std::cout << answers.dump(-1, ' ', false, json::error_handler_t::replace);
}
