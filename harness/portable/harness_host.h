#pragma once

#include <memory>

#include "harness/engine/engine.h"
#include "harness/host/files.h"
#include "harness/host/outside.h"

namespace postern::harness {

/// What the harness has of whoever runs it, besides cryptography.
struct HarnessHost {
  const Files& files;
  Outside& outside;
  /// Of the shipped bytes. One is used at a time.
  std::unique_ptr<Engine> (*make_engine)() = nullptr;
  /// Seconds since some time that stays.
  double (*clock)() = nullptr;
};

}  // namespace postern::harness
