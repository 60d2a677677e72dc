#include "postern/policy/policy_check.h"
#include "postern/policy/policy_codec.h"
#include "postern/policy/policy_fields.h"

namespace postern::policy {

Result<Policy, PolicyFault> decode(Bytes file, Arena& arena) {
  Reader reader(file);
  if (text_of(reader.raw(policy_magic.size())) != policy_magic) {
    return refuse(PolicyFault::not_a_policy);
  }
  if (file.size() > policy_bytes_max) {
    return refuse(PolicyFault::too_large);
  }
  Policy policy;
  if (!read_fields(policy_fields, reader, arena, policy)) {
    return refuse(PolicyFault::too_large);
  }
  if ((policy.features & ~edition_features) != 0) {
    return refuse(PolicyFault::other_edition);
  }
  if (!reader.finished() || !fits_together(policy)) {
    return refuse(PolicyFault::malformed);
  }
  return policy;
}

}  // namespace postern::policy
