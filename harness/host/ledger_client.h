#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "postern/ledger/ledger.h"

namespace postern::harness {

/// Where a gate's admin route is, and in which variable of the environment its token.
inline constexpr const char* admin_path = "/.postern/ledger";
inline constexpr const char* admin_token_name = "POSTERN_ADMIN_TOKEN";

/// The gate answered, but did not do what it was asked.
class LedgerRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a list tells of a delivery that the ledger keeps, besides its row. What its ticket says is
/// empty when the gate is of another version.
struct StoredDelivery {
  std::string key;  // 32 bytes.
  ledger::Row row;
  std::uint64_t at_ms = 0;
  std::string method;
  std::uint64_t body_bytes = 0;
  std::string event_key;  // 32 bytes: `key` is another one for all destinations but the first.
  std::string event_type;
  std::uint32_t destination_id = 0;  // CRC-32 of its text in the policy.
};

/// Deliveries that were given up, or that are still to be driven.
enum class Listing : std::uint8_t { dead, owed };

/// What an operator asked for. The operation does it; the gate's audit line names it.
enum class OperatorOrder : std::uint8_t {
  release,  // What is owed then waits for its message, or for the store's sweep.
  redrive,  // What is owed then gets a fresh message at once.
  drop,
};

struct ChangedRow {
  ledger::Row row;
  ledger::Reply reply;
  bool is_sent = false;
};

/// Speaks with the admin route of a running gate, as docs/DURABLE_OBJECT.md has it. The token goes
/// over https, or to this machine, and nowhere else: `can_be_trusted` says whether `gate` is such
/// an address. All calls throw `Unreachable` and `LedgerRefused`.
class LedgerClient {
 public:
  /// `gate` is an address without a path, such as `https://gate.example.com`.
  LedgerClient(std::string gate, std::string token);

  [[nodiscard]] static bool can_be_trusted(const std::string& gate);

  /// Nothing where there is no row.
  [[nodiscard]] std::optional<ledger::Row> look_up(const std::string& shard,
                                                   const std::string& key) const;
  [[nodiscard]] ChangedRow apply(const std::string& shard, const std::string& key,
                                 const ledger::Operation& operation, OperatorOrder order) const;
  /// All of one shard, sorted by key.
  [[nodiscard]] std::vector<StoredDelivery> list(const std::string& shard, Listing listing) const;

 private:
  /// The answer's JSON text; nothing where there is no row.
  [[nodiscard]] std::optional<std::string> call(const std::string& json) const;

  std::string url_;
  std::string token_;
};

}  // namespace postern::harness
