#include "harness/host/demo_origin.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "compiler/table_reader.h"

namespace postern::harness {
namespace {

std::optional<OriginTurn> parse_answer(std::string_view word) {
  OriginTurn turn;
  if (word == "hang" || word == "reset") {
    turn.kind = word == "hang" ? OriginTurn::Kind::hang : OriginTurn::Kind::reset;
    return turn;
  }
  const std::size_t at = std::min(word.find('@'), word.size());
  const auto [end, fault] = std::from_chars(word.data(), word.data() + at, turn.response.status);
  if (fault != std::errc() || end != word.data() + at || turn.response.status < 200 ||
      turn.response.status > 599) {
    return std::nullopt;
  }
  if (at < word.size()) {
    const auto delay_ms = compiler::parse_duration_ms(word.substr(at + 1));
    if (!delay_ms.has_value()) {
      return std::nullopt;
    }
    turn.delay_ms = *delay_ms;
  }
  return turn;
}

/// What is kept of a call, its fields of a fixed size aside.
std::size_t bytes_of_call(const OriginCall& call) {
  std::size_t bytes = call.method.size() + call.path.size() + call.body_sha256.size();
  for (const Header& header : call.headers) {
    bytes += header.name.size() + header.value.size();
  }
  return bytes;
}

}  // namespace

std::optional<std::deque<OriginTurn>> parse_answers(std::string_view words) {
  std::deque<OriginTurn> turns;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(','), words.size());
    const std::optional<OriginTurn> turn = parse_answer(words.substr(0, end));
    if (!turn.has_value()) {
      return std::nullopt;
    }
    turns.push_back(*turn);
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return turns.empty() ? std::nullopt : std::optional(turns);
}

OriginTurn OriginState::take(OriginCall call) {
  const std::scoped_lock lock(mutex_);
  const OriginTurn turn = turns_.front();
  if (turns_.size() > 1) {
    turns_.pop_front();
  }
  call.number = ++count_;
  call.answered = turn.kind == OriginTurn::Kind::respond ? turn.response.status : 0;
  recorded_bytes_ += bytes_of_call(call);
  calls_.push_back(std::move(call));
  forget_old();
  return turn;
}

void OriginState::forget_old() {
  while (calls_.size() > 1 &&
         (calls_.size() > recorded_calls_max || recorded_bytes_ > recorded_bytes_max)) {
    recorded_bytes_ -= bytes_of_call(calls_.front());
    calls_.pop_front();
  }
}

void OriginState::script(std::deque<OriginTurn> turns) {
  const std::scoped_lock lock(mutex_);
  turns_ = std::move(turns);
}

void OriginState::forget() {
  const std::scoped_lock lock(mutex_);
  calls_.clear();
  recorded_bytes_ = 0;
  count_ = 0;
}

std::string OriginState::calls(std::optional<std::uint64_t> after, std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const std::uint64_t oldest = count_ - calls_.size() + 1;
  const std::uint64_t newest = count_ - std::min<std::uint64_t>(limit, count_);
  const std::uint64_t first = std::clamp(after.value_or(newest), oldest - 1, count_) + 1;
  const std::uint64_t end = first + std::min<std::uint64_t>(limit, count_ + 1 - first);
  for (std::uint64_t number = first; number < end; ++number) {
    const OriginCall& call = calls_[static_cast<std::size_t>(number - oldest)];
    nlohmann::ordered_json headers = nlohmann::ordered_json::array();
    for (const Header& header : call.headers) {
      headers.push_back({header.name, header.value});
    }
    list.push_back({{"number", call.number},
                    {"method", call.method},
                    {"path", call.path},
                    {"headers", headers},
                    {"body_sha256", call.body_sha256},
                    {"body_bytes", call.body_bytes},
                    {"answered", call.answered}});
  }
  const nlohmann::ordered_json whole = {
      {"count", count_}, {"oldest", oldest}, {"next", end - 1}, {"calls", list}};
  return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace postern::harness
