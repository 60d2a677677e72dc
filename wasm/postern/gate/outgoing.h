#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/bytes.h"
#include "postern/gate/call.h"
#include "postern/gate/forward_fields.h"
#include "postern/gate/permit.h"
#include "postern/scheme/verify.h"

// What goes to the origin: where to, which headers, and the gate's own signatures.

namespace postern::gate {

/// One forward, as its permit allows it. Borrows the permit.
class Outgoing {
 public:
  Outgoing(const Call& call, const Permit& permit);

  [[nodiscard]] const LiveDestination& destination() const { return destination_; }

  /// Whether it would begin so late that it could outlast its lease, and meet the next owner's.
  /// Counted from when the claim was sent, since nobody knows how long the reply took.
  [[nodiscard]] bool is_too_late() const;

  /// What the gate's first signature covers, besides the body: Standard Webhooks', with the event
  /// key as the id, so that an origin verifies one scheme for every provider.
  [[nodiscard]] std::span<const contract::MacRequest> mac_requests(std::uint64_t at_seconds) const;

  /// Where it goes: the destination, with the signed query behind its own. Empty where the two do
  /// not go together, as those of another policy or environment may.
  [[nodiscard]] std::string_view url() const;

  /// `compose` is the effect. `macs` are those of the first signature, one for each signer of the
  /// destination; none for a forward that is not signed. Borrows: from the call's arena.
  [[nodiscard]] contract::Forward compose(std::string_view url, std::span<const Bytes> macs,
                                          std::uint64_t at_seconds) const;

 private:
  /// Values of the headers `webhook-signature` and `postern-signature`.
  struct Signatures {
    std::string_view of_body;
    std::string_view of_fields;
  };
  [[nodiscard]] std::string_view key_text() const;
  [[nodiscard]] std::string_view time_text(std::uint64_t at_seconds) const;
  [[nodiscard]] ForwardFields fields() const;
  [[nodiscard]] Signatures sign(std::string_view url, const ForwardFields& fields,
                                std::span<const Bytes> macs, std::uint64_t at_seconds) const;

  const Call& call_;
  bool is_observed_;
  const policy::Route& route_;
  const LiveDestination& destination_;
  std::string_view query_;
};

}  // namespace postern::gate
