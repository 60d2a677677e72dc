#include <algorithm>

#include "postern/base/field_walk.h"
#include "postern/base/wire.h"
#include "postern/policy/policy_codec.h"
#include "postern/policy/policy_features.h"
#include "postern/policy/policy_fields.h"

namespace postern::policy {
namespace {

/// Goes through a policy's fields as a writer does, and only counts.
struct Counting {
  std::size_t bytes = 0;
  std::size_t longest_text = 0;

  bool value(const Field& field, const std::byte* at) {
    if (field.kind == Field::Kind::number) {
      bytes += field.size;
    } else if (field.kind == Field::Kind::bytes32) {
      bytes += sizeof(std::uint32_t) + span_at(at).count;
    } else {
      const std::size_t text = listed_text(at).size();
      bytes += sizeof(std::uint16_t) + text;
      longest_text = std::max(longest_text, text);
    }
    return true;
  }

  ListedSpan list(const Field&, const std::byte* at) {
    bytes += sizeof(std::uint16_t);
    return span_at(at);
  }
};

Counting count(const Policy& policy) {
  Counting counting{.bytes = policy_magic.size()};
  walk_fields(std::span(policy_fields.fields), &policy, counting);
  return counting;
}

}  // namespace

std::size_t encoded_bytes(const Policy& policy) { return count(policy).bytes; }

std::size_t longest_text(const Policy& policy) { return count(policy).longest_text; }

Bytes encode(const Policy& policy, MutableBytes room) {
  Policy named = policy;
  named.features = features_of(policy);
  Writer writer(room);
  writer.raw(bytes_of(policy_magic));
  write_fields(policy_fields, named, writer);
  return writer.written();
}

}  // namespace postern::policy
