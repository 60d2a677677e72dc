#include "harness/host/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/host/cryptography.h"
#include "harness/host/effect_loop.h"
#include "postern/policy/source_path.h"

namespace postern::harness {

Simulation::Simulation(Engine& engine, std::string_view policy,
                       const std::vector<std::string>& settings)
    : engine_(engine),
      configured_(decode_configured(engine.configure(encode_configure(policy, settings)))) {}

std::uint64_t Simulation::body_bytes_max(const std::string& path) const {
  const auto found = std::ranges::find_if(
      configured_.body_bytes_max,
      [&](const frame::PathLimit& limit) { return policy::takes_path(limit.path, path); });
  // A path that nobody owns is answered without its body.
  return found == configured_.body_bytes_max.end() ? 0 : found->body_bytes_max;
}

const std::string& Messages::of(const std::vector<Piece>& content) {
  if (content_ == nullptr || *content_ != content) {
    content_ = &content;
    message_.clear();
    for (const Piece& piece : content) {
      message_ += piece.kind == Piece::Kind::body ? body_ : piece.bytes;
    }
  }
  return message_;
}

std::string Simulation::next_run_token() {
  constexpr std::size_t token_bytes = 16;
  return digest(Hash::sha256, fmt::format("run {}", ++runs_begun_)).value().substr(0, token_bytes);
}

Played Simulation::play(const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
                        std::uint64_t until_ms, const Script& script) {
  return EffectLoop(*this, now_ms, until_ms, script).play(arrivals);
}

std::vector<Outcome> Simulation::deliver(const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
                                         const Script& script) {
  return play(arrivals, now_ms, now_ms, script).outcomes;
}

Holdings Simulation::holdings() const {
  const auto whole = std::ranges::count_if(
      queue_, [](const Waiting& waiting) { return waiting.message.is_whole(); });
  return {.ledger = ledger_.counts(), .whole_messages = static_cast<std::size_t>(whole)};
}

}  // namespace postern::harness
