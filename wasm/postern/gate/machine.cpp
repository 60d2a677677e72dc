#include "postern/gate/machine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "postern/base/characters.h"
#include "postern/base/check.h"
#include "postern/base/wire.h"
#include "postern/contract/effect_fields.h"
#include "postern/crypto/crc32.h"
#include "postern/gate/forward_keys.h"
#include "postern/gate/states/arrived.h"
#include "postern/gate/ticket.h"
#include "postern/policy/policy_codec.h"

namespace postern::gate {
namespace {

/// Most headers that a frame may bring; more than `http::headers_max` of them are a refusal, which
/// a sender deserves, and not a malformed frame, which a host would.
constexpr std::size_t frame_headers_max = 1024;
constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t client_address_bytes_max = 64;

// Bits of the flags in a `begin` frame.
constexpr std::uint8_t https_bit = 1 << 0;
constexpr std::uint8_t body_present_bit = 1 << 1;
constexpr std::uint8_t body_over_limit_bit = 1 << 2;
constexpr std::uint8_t begin_bits = (1 << 3) - 1;

// Every HMAC key has a number of its own, and none is `no_key`.
static_assert(policy::sources_max * policy::source_secrets_max * scheme::signature_rules_max +
                  policy::secrets_max <
              no_key);

void write_if_hmac(const scheme::Key& key, Writer& writer) {
  if (key.hmac.is_assigned()) {
    writer.u8(static_cast<std::uint8_t>(key.hmac.algorithm()));
    writer.text16(text_of(key.bytes));
  }
}

/// What the description takes besides the keys of sources.
std::size_t described_bytes(const Configuration& configuration) {
  std::size_t bytes = 18;
  for (const policy::Source& source : configuration.policy->sources) {
    bytes +=
        2 + source.path.size() + 8 + (2 + source.name.size() + 1) + (2 + source.name.size() + 2);
  }
  return bytes;
}

/// At least what `go_live` takes of an arena for `source`, and what its keys take of the
/// description.
std::size_t live_bytes(const policy::Source& source, const scheme::Scheme& scheme,
                       std::span<const std::string_view> values) {
  std::size_t bytes = 0;
  for (const std::uint16_t slot : source.secrets) {
    bytes += scheme.signatures.size() *
             (sizeof(scheme::Key) + 2 * values[slot].size() + described_key_bytes(scheme::Key{}));
  }
  bytes += source.parameters.size() * sizeof(std::string_view);
  for (const policy::Route& route : source.routes) {
    bytes += sizeof(std::span<LiveDestination>) + route.to.size() * sizeof(LiveDestination);
    for (const policy::Destination& destination : route.to) {
      bytes += destination.signers.size() * sizeof(const scheme::Key*);
    }
  }
  return bytes + arena_spare_bytes;
}

/// Reads keys and destinations of every source that `arena` has room for, and for its description;
/// gives what the description of all takes, or nothing where even that does not fit.
std::optional<std::size_t> go_live_all(const policy::Policy& policy,
                                       std::span<const std::string_view> values,
                                       Configuration& configuration, Arena& arena) {
  const std::span<LiveSource> sources = arena.make_array<LiveSource>(policy.sources.size());
  configuration.sources = sources;
  std::size_t described = described_bytes(configuration);
  const ForwardKeys forward_keys = arena.make_array<const scheme::Key*>(values.size());
  configuration.forward_keys = forward_keys;
  read_forward_keys(policy, values, forward_keys, configuration.hmac_keys, described, arena);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    LiveSource& live = sources[i];
    const policy::Source& source = policy.sources[i];
    const scheme::Scheme& scheme = policy.schemes[source.scheme];
    if (described + live_bytes(source, scheme, values) > arena.bytes_left()) {
      live.policy = &source;
      live.scheme = &scheme;
      live.problem = SourceProblem::bad_destination;  // So that it is not even observed.
      continue;
    }
    live = go_live(policy, source, values, forward_keys, configuration.hmac_keys, arena);
    for (const scheme::Key& key : live.keys) {
      described += described_key_bytes(key);
    }
  }
  return described <= arena.bytes_left() ? std::optional(described) : std::nullopt;
}

/// Of its keys, as the contract has it.
std::uint16_t algorithms_of(const LiveSource& source) {
  unsigned bits = 0;
  for (const scheme::Key& key : source.keys) {
    bits |= 1U << static_cast<unsigned>(source.scheme->signatures[key.rule].algorithm);
  }
  return static_cast<std::uint16_t>(bits);
}

/// What a host has to know of a policy: sizes to read, keys to hash with, and what will not work.
Bytes describe(const Configuration& configuration, MutableBytes room) {
  Writer writer(room);
  writer.u8(abi_version);
  writer.u32(mac_inline_bytes_max);
  writer.u16(static_cast<std::uint16_t>(configuration.sources.size()));
  for (const LiveSource& source : configuration.sources) {
    writer.text16(source.policy->path);
    writer.u64(source.policy->body_bytes_max);
  }
  writer.u16(configuration.hmac_keys);
  for (const scheme::Key* const key : configuration.forward_keys) {
    if (key != nullptr) {
      write_if_hmac(*key, writer);
    }
  }
  for (const LiveSource& source : configuration.sources) {
    for (const scheme::Key& key : source.keys) {
      write_if_hmac(key, writer);
    }
  }
  const auto has_problem = [](const LiveSource& source) {
    return source.problem != SourceProblem::none;
  };
  writer.u16(static_cast<std::uint16_t>(std::ranges::count_if(configuration.sources, has_problem)));
  for (const LiveSource& source : configuration.sources) {
    if (has_problem(source)) {
      writer.text16(source.policy->name);
      writer.u8(static_cast<std::uint8_t>(source.problem));
    }
  }
  writer.u16(static_cast<std::uint16_t>(configuration.sources.size()));
  for (const LiveSource& source : configuration.sources) {
    writer.text16(source.policy->name);
    writer.u16(algorithms_of(source));
  }
  return writer.written();
}

#ifdef POSTERN_TRAP_ON_DEMAND
// Only in the module that the tests load to see a host survive a trap.
void trap_if_asked(std::span<const http::Header> headers, std::string_view moment) {
  const http::Header* header = http::find_header(headers, "x-postern-trap");
  POSTERN_CHECK(header == nullptr || header->value != moment);
}
#else
void trap_if_asked(std::span<const http::Header>, std::string_view) {}
#endif

/// A `configure` frame: a policy, and the values of its settings.
struct ConfigureFrame {
  std::uint8_t version = 0;
  Bytes file;
  std::span<std::string_view> values;
};
constexpr auto configure_fields =
    list_fields(POSTERN_NUMBER_FIELD(ConfigureFrame, version, abi_version, abi_version),
                POSTERN_FIELD(ConfigureFrame, file),
                POSTERN_LIST_FIELD(ConfigureFrame, values, 16, policy::secrets_max,
                                   scalar_field<std::string_view>()));

/// A `begin` frame, as it fills a ticket; what it shows of the body stands where the body will.
constexpr auto begin_fields = list_fields(
    POSTERN_NUMBER_FIELD(Ticket, version, abi_version, abi_version),
    POSTERN_FIELD(Ticket, arrival.delivery.received_ms), POSTERN_FIELD(Ticket, arrival.token),
    POSTERN_NUMBER_FIELD(Ticket, arrival.flags, 0, begin_bits),
    POSTERN_TEXT_FIELD(Ticket, arrival.delivery.method, method_bytes_max),
    POSTERN_FIELD(Ticket, arrival.delivery.path), POSTERN_FIELD(Ticket, arrival.delivery.query),
    POSTERN_TEXT_FIELD(Ticket, arrival.delivery.client_address, client_address_bytes_max),
    POSTERN_FIELD(Ticket, arrival.has_tenant),
    POSTERN_WHEN(Ticket, arrival.has_tenant, 1, tenant_field),
    POSTERN_LIST_FIELD(Ticket, arrival.delivery.headers, 16, frame_headers_max,
                       contract::header_fields),
    POSTERN_FIELD(Ticket, arrival.delivery.body_bytes),
    POSTERN_FIELD(Ticket, arrival.delivery.body));

/// A `resume` frame as far as its outcome.
struct ResumeHead {
  std::uint8_t version = 0;
  bool has_body = false;
  EffectKind effect{};  // NOLINT(bugprone-invalid-enum-default-initialization): read before use.
  std::uint64_t now_ms = 0;
  Bytes ticket;
  Bytes body;
};
constexpr auto resume_fields = list_fields(
    POSTERN_NUMBER_FIELD(ResumeHead, version, abi_version, abi_version),
    POSTERN_FIELD(ResumeHead, now_ms), POSTERN_FIELD(ResumeHead, ticket),
    POSTERN_FIELD(ResumeHead, has_body),
    POSTERN_WHEN(ResumeHead, has_body, 1, POSTERN_FIELD(ResumeHead, body)),
    POSTERN_ENUM_FIELD(ResumeHead, effect, EffectKind::supply_body, contract::effect_kind_last));

/// Whether a host's report is one of what the ticket waits for, with the body that it was asked
/// for.
bool answers(const Ticket& ticket, const ResumeHead& resumed, const Reader& outcome) {
  const bool has_asked_body = resumed.has_body
                                  ? resumed.body.size() == ticket.arrival.delivery.body_bytes
                                  : ticket.head.body_need == BodyNeed::none;
  return resumed.effect == ticket.head.awaits && has_asked_body &&
         (!contract::is_only_acknowledged(resumed.effect) || outcome.finished());
}

}  // namespace

Bytes Machine::configure(Bytes frame) {
  is_configured_ = false;
  config_bytes_used_ = 0;
  config_.reset();
  if (frame.size() > config_.bytes_left()) {
    return {};
  }
  Reader reader(bytes_of(config_.copy(text_of(frame))));
  ConfigureFrame given;
  if (!read_fields(configure_fields, reader, config_, given) || !reader.finished()) {
    return {};
  }
  const auto decoded = policy::decode(given.file, config_);
  if (!decoded.has_value() || decoded->settings.size() != given.values.size()) {
    return {};
  }
  policy_ = *decoded;
  const std::size_t lists_bytes =
      policy_.settings.size() * (sizeof(const scheme::Key*) + sizeof(bool)) +
      policy_.sources.size() * sizeof(LiveSource) + arena_spare_bytes;
  if (lists_bytes > config_.bytes_left()) {
    return {};
  }
  configuration_ = {};
  configuration_.policy = &policy_;
  configuration_.policy_id = crypto::crc32(given.file);
  const auto described = go_live_all(policy_, given.values, configuration_, config_);
  if (!described.has_value()) {
    return {};
  }
  is_configured_ = true;
  config_bytes_used_ = config_.bytes_used();
  return describe(configuration_, config_.make_bytes(*described));
}

Bytes Machine::begin(Bytes frame, MutableBytes storage) {
  if (!is_configured_) {
    return {};
  }
  Arena arena(storage);
  Reader reader(frame);
  Call call(configuration_, arena, output_);
  Ticket& ticket = call;
  http::Delivery& delivery = call.arrival.delivery;
  if (!read_fields(begin_fields, reader, arena, ticket) || !reader.finished() ||
      !consists_of(call.arrival.tenant, Characters::visible)) {
    return {};
  }
  const std::uint8_t flags = call.arrival.flags;
  const Bytes head = std::exchange(delivery.body, {});
  delivery.transport = (flags & https_bit) != 0 ? http::Transport::https : http::Transport::plain;
  delivery.body_is_here = (flags & body_present_bit) != 0;
  const bool has_right_length = delivery.body_is_here ? head.size() == delivery.body_bytes
                                                      : head.size() <= http::body_head_bytes_max &&
                                                            head.size() <= delivery.body_bytes;
  if (!has_right_length) {
    return {};
  }
  delivery.body_form = http::body_form_of(head, delivery.body_bytes);
  if (delivery.body_is_here) {
    delivery.body = head;
  }
  trap_if_asked(delivery.headers, "begin");
  call.now_ms = delivery.received_ms;
  call.arrival.policy_id = configuration_.policy_id;
  const StepBytes step = arrive(
      call, (flags & body_over_limit_bit) != 0 ? BodySize::over_limit : BodySize::within_limit);
  return Bytes(output_).first(step.count);
}

Bytes Machine::resume(Bytes frame, MutableBytes storage) {
  if (!is_configured_) {
    return {};
  }
  Arena arena(storage);
  Reader reader(frame);
  Call call(configuration_, arena, output_);
  ResumeHead resumed;
  read_fields(resume_fields, reader, resumed);
  if (reader.failed() || !decode_ticket(resumed.ticket, call) || !answers(call, resumed, reader)) {
    return {};
  }
  call.now_ms = resumed.now_ms;
  http::Delivery& delivery = call.arrival.delivery;
  trap_if_asked(delivery.headers, "resume");
  if (resumed.has_body) {
    delivery.body_is_here = true;
    delivery.body = resumed.body;
    delivery.body_form = http::body_form_of(resumed.body, resumed.body.size());
  }
  Report report{.of = resumed.effect, .outcome = reader};
  const StepBytes step = resume_state(call, report);
  return Bytes(output_).first(step.count);
}

}  // namespace postern::gate
