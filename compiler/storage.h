#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::compiler {

/// Owns the texts and lists that a policy in the making borrows. The core's structs are views; this
/// is what stands behind them until the policy is encoded. Nothing is ever taken out.
class Storage {
 public:
  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  [[nodiscard]] std::string_view text(std::string value) {
    return texts_.emplace_back(std::move(value));
  }

  template <class Element>
  [[nodiscard]] std::span<const Element> list(std::vector<Element> elements) {
    auto kept = std::make_shared<const std::vector<Element>>(std::move(elements));
    lists_.push_back(kept);
    return *kept;
  }

 private:
  std::deque<std::string> texts_;
  std::vector<std::shared_ptr<const void>> lists_;
};

}  // namespace postern::compiler
