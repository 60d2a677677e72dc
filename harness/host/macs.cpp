#include "harness/host/macs.h"

#include <utility>

namespace postern::harness {

std::string Macs::perform(const Mac& mac, std::string_view body) {
  std::vector<std::string> results;
  results.reserve(mac.requests.size());
  for (const MacRequest& request : mac.requests) {
    results.push_back(result_of(request, body));
  }
  return mac_done(results);
}

std::string Macs::result_of(const MacRequest& request, std::string_view body) {
  parts_.clear();
  for (const Piece& piece : request.content) {
    parts_.push_back(piece.kind == Piece::Kind::body ? body : std::string_view(piece.bytes));
  }
  if (request.key == no_key) {
    if (std::optional<std::string> result = digest(request.hash, parts_)) {
      return std::move(*result);
    }
  } else if (request.key < keys_.size() && keys_[request.key].hash == request.hash) {
    std::optional<Hmac>& ready = ready_[request.key];
    if (!ready.has_value()) {
      ready = Hmac::under(request.hash, keys_[request.key].bytes);
    }
    if (ready.has_value()) {
      return ready->of(parts_);
    }
  }
  malformed_answer("the module asked for a MAC with a key or hash that it never named");
}

}  // namespace postern::harness
