#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace postern::harness {

// Owned bytes are `std::string` throughout the harness: frames, bodies, keys. They need not be
// text.

/// The module trapped: what it was asked is a defect of ours, and this engine is dead.
class EngineTrapped : public std::runtime_error {
 public:
  explicit EngineTrapped(const std::string& trap)
      : std::runtime_error("the module trapped: " + trap) {}
};

/// The gate behind its four calls, each a frame in and a frame out, as docs/ABI.md has them. An
/// empty answer means that the frame was malformed. An engine holds one configuration; the way from
/// one call to the next is only in the tickets.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// What a report calls it: `native` or `wasm`.
  [[nodiscard]] virtual std::string_view name() const = 0;

  [[nodiscard]] virtual std::string configure(std::string_view frame) = 0;
  [[nodiscard]] virtual std::string begin(std::string_view frame) = 0;
  [[nodiscard]] virtual std::string resume(std::string_view frame) = 0;
  [[nodiscard]] virtual std::string ledger(std::string_view frame) = 0;
};

/// The core, linked in. A trap ends the program: natively there is nothing to throw away.
[[nodiscard]] std::unique_ptr<Engine> make_native_engine();

/// The shipped bytes, compiled back by wasm2c and linked in. Throws `EngineTrapped`.
[[nodiscard]] std::unique_ptr<Engine> make_wasm_engine();

}  // namespace postern::harness
