#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "harness/host/http_client.h"

namespace postern::harness {

/// What the files about a running gate say is missing or unreadable.
class GateFilesUnreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How long the record of an answered delivery may take to stand in the gate's log.
inline constexpr std::uint32_t record_wait_ms = 3000;

/// The log of a running gate, for the records of what is sent from now on.
class GateLog {
 public:
  /// Throws `GateFilesUnreadable`. An empty name: no log is known.
  explicit GateLog(std::string file);

  /// `record_of` waits for the decision record of a delivery, by the reference that the answer
  /// carried; nothing when no log is known or none came within `wait_ms`.
  [[nodiscard]] std::optional<std::string> record_of(const HttpResponse& answer,
                                                     std::uint32_t wait_ms) const;

 private:
  void read_new_records() const;

  std::string file_;
  /// The log is read once, from where it ended when this began. Records by their deliveries.
  mutable std::int64_t read_bytes_ = 0;
  mutable std::map<std::string, std::string> records_;
};

}  // namespace postern::harness
