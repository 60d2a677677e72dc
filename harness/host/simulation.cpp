#include "harness/host/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/host/cryptography.h"
#include "harness/host/flight.h"

namespace postern::harness {

Simulation::Simulation(Engine& engine, std::string_view policy,
                       const std::vector<std::string>& settings)
    : engine_(engine),
      configured_(decode_configured(engine.configure(encode_configure(policy, settings)))) {}

std::uint64_t Simulation::body_bytes_max(const std::string& path) const {
  const auto found = std::ranges::find(configured_.paths, path, &Configured::Path::path);
  // A path that nobody owns is answered without its body.
  return found == configured_.paths.end() ? 0 : found->body_bytes_max;
}

const std::string& Messages::of(const std::vector<MessagePart>& parts) {
  if (parts_ == nullptr || *parts_ != parts) {
    parts_ = &parts;
    message_.clear();
    for (const MessagePart& part : parts) {
      message_ += part.is_body ? body_ : part.bytes;
    }
  }
  return message_;
}

std::string Simulation::perform_mac(const Mac& mac, const std::string& body) const {
  std::vector<std::string> results;
  Messages messages(body);
  for (const MacRequest& request : mac.requests) {
    const std::string& message = messages.of(request.parts);
    std::optional<std::string> result;
    if (request.key == MacRequest::no_key) {
      result = digest(static_cast<Hash>(request.hash), message);
    } else if (request.key < configured_.keys.size() &&
               configured_.keys[request.key].hash == request.hash) {
      result = hmac(static_cast<Hash>(request.hash), configured_.keys[request.key].bytes, message);
    }
    if (!result.has_value()) {
      throw MalformedAnswer("the module asked for a MAC with a key or hash that it never named");
    }
    results.push_back(std::move(*result));
  }
  return mac_done(results);
}

std::string Simulation::next_run_token() {
  constexpr std::size_t token_bytes = 16;
  return digest(Hash::sha256, fmt::format("run {}", ++runs_begun_)).value().substr(0, token_bytes);
}

Played Simulation::play(const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
                        std::uint64_t until_ms, const World& world) {
  return Flight(*this, now_ms, until_ms, world).fly(arrivals);
}

std::vector<Outcome> Simulation::deliver(const std::vector<Arrival>& arrivals, std::uint64_t now_ms,
                                         const World& world) {
  return play(arrivals, now_ms, now_ms, world).outcomes;
}

Holdings Simulation::holdings() const {
  const auto whole = std::ranges::count_if(
      queue_, [](const Waiting& waiting) { return waiting.message.is_whole(); });
  return {.ledger = ledger_.counts(), .whole_messages = static_cast<std::size_t>(whole)};
}

}  // namespace postern::harness
