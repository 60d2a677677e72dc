#include "harness/host/gate_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

namespace postern::harness {
namespace {

constexpr auto record_poll = std::chrono::milliseconds(25);

/// A log that cannot be read would tell no verdict, and nobody would know why.
std::string expect_log(std::string log) {
  if (!log.empty() && (access(log.c_str(), R_OK) != 0 || std::filesystem::is_directory(log))) {
    throw GateFilesUnreadable(fmt::format("cannot read {}: no log of a gate is there", log));
  }
  return log;
}

/// The record within a line of a log, which may have a prefix and colours, and its delivery.
std::optional<std::pair<std::string, std::string>> record_in(const std::string& line) {
  const std::size_t begin = line.find('{');
  const std::size_t end = line.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return std::nullopt;
  }
  const std::string text = line.substr(begin, end - begin + 1);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const bool is_record = json.is_object() && json.contains("verdict") && json.contains("delivery");
  return is_record ? std::optional(std::pair(json.value("delivery", ""), text)) : std::nullopt;
}

std::int64_t size_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  return stream ? static_cast<std::int64_t>(stream.tellg()) : 0;
}

}  // namespace

GateLog::GateLog(std::string file)
    : file_(expect_log(std::move(file))), read_bytes_(size_of(file_)) {}

std::optional<std::string> GateLog::record_of(const HttpResponse& answer,
                                              std::uint32_t wait_ms) const {
  const std::string delivery = answer.header("postern-delivery");
  if (delivery.empty() || file_.empty()) {
    return std::nullopt;
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (true) {
    read_new_records();
    if (auto found = records_.extract(delivery); !found.empty()) {
      return std::move(found.mapped());
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(record_poll);
  }
}

void GateLog::read_new_records() const {
  std::ifstream log(file_, std::ios::binary);
  log.seekg(read_bytes_);
  for (std::string line; std::getline(log, line) && !log.eof();) {
    read_bytes_ += static_cast<std::int64_t>(line.size()) + 1;
    if (auto record = record_in(line)) {
      records_.insert(std::move(*record));
    }
  }
}

}  // namespace postern::harness
