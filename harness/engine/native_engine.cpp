#include <cstddef>
#include <optional>
#include <vector>

#include "harness/engine/engine.h"
#include "postern/base/bytes.h"
#include "postern/gate/machine.h"

namespace postern::harness {
namespace {

class NativeEngine final : public Engine {
 public:
  std::string_view name() const override { return "native"; }

  std::string configure(std::string_view frame) override {
    // The machine borrows texts of the policy from the frame, as the module does from its memory.
    configuration_.assign(frame);
    config_.resize(gate::config_storage_bytes(frame.size()));
    machine_.emplace(config_, output_);
    return std::string(text_of(machine_->configure(bytes_of(configuration_))));
  }
  std::string begin(std::string_view frame) override {
    return machine_ ? owned(machine_->begin(bytes_of(frame), room_for(frame))) : std::string();
  }
  std::string resume(std::string_view frame) override {
    return machine_ ? owned(machine_->resume(bytes_of(frame), room_for(frame))) : std::string();
  }
  std::string ledger(std::string_view frame) override {
    return owned(gate::ledger_call(bytes_of(frame), output_));
  }

 private:
  static std::string owned(Bytes bytes) { return std::string(text_of(bytes)); }

  /// Never shrinks: a replay would otherwise spend its time on fresh pages.
  MutableBytes room_for(std::string_view frame) {
    const std::size_t bytes = gate::call_storage_bytes(frame.size());
    if (call_.size() < bytes) {
      call_.resize(bytes);
    }
    return MutableBytes(call_).first(bytes);
  }

  std::string configuration_;
  std::vector<std::byte> config_;
  std::vector<std::byte> call_;
  std::vector<std::byte> output_ = std::vector<std::byte>(gate::output_bytes_max);
  std::optional<gate::Machine> machine_;
};

}  // namespace

std::unique_ptr<Engine> make_native_engine() { return std::make_unique<NativeEngine>(); }

}  // namespace postern::harness
