#include "postern/gate/machine.h"

#include <algorithm>
#include <array>

#include "postern/base/check.h"
#include "postern/base/wire.h"
#include "postern/crypto/crc32.h"
#include "postern/gate/header_list.h"
#include "postern/gate/turn.h"
#include "postern/ledger/ledger.h"
#include "postern/policy/policy_codec.h"

namespace postern::gate {
namespace {

/// Most headers that a frame may bring; more than `http::headers_max` of them are a refusal, which
/// a sender deserves, and not a malformed frame, which a host would.
constexpr std::size_t frame_headers_max = 1024;
constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t client_address_bytes_max = 64;

/// What a few lists in an arena may take besides their elements, for alignment.
constexpr std::size_t arena_spare_bytes = 64;

// Bits of the flags in a `begin` frame.
constexpr std::uint8_t https_bit = 1 << 0;
constexpr std::uint8_t body_present_bit = 1 << 1;
constexpr std::uint8_t body_over_limit_bit = 1 << 2;
constexpr std::uint8_t begin_bits = (1 << 3) - 1;

/// Reads the values of the settings, one for each name of the policy.
bool read_values(Reader& reader, std::span<std::string_view> values) {
  if (reader.u16() != values.size()) {
    return false;
  }
  for (std::string_view& value : values) {
    value = reader.text16();
  }
  return reader.finished();
}

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

/// What one key takes of the description.
std::size_t described_bytes(const scheme::Key& key) { return 3 + key.bytes.size(); }

/// What the description takes besides the keys of sources.
std::size_t described_bytes(const Configuration& configuration) {
  std::size_t bytes = 16;
  for (const policy::Source& source : configuration.policy->sources) {
    bytes += 2 + source.path.size() + 8 + 2 + source.name.size() + 1;
  }
  return bytes;
}

/// Reads the secrets that sign forwards, each once, as far as `arena` has room for them and for
/// their description, whose bytes it adds to `described`. What there is no room for is no secret.
void read_forward_keys(const policy::Policy& policy, std::span<const std::string_view> values,
                       ForwardKeys keys, std::uint16_t& hmac_keys, std::size_t& described,
                       Arena& arena) {
  const std::span<bool> signs = arena.make_array<bool>(values.size());
  for (const policy::Source& source : policy.sources) {
    for (const policy::Route& route : source.routes) {
      for (const policy::Destination& destination : route.to) {
        for (const std::uint16_t slot : destination.signers) {
          signs[slot] = true;
        }
      }
    }
  }
  for (std::size_t slot = 0; slot < signs.size(); ++slot) {
    const std::size_t needed = sizeof(scheme::Key) + 2 * values[slot].size() + arena_spare_bytes +
                               described_bytes(scheme::Key{}) + values[slot].size();
    if (signs[slot] && described + needed <= arena.bytes_left()) {
      keys[slot] = forward_key(values[slot], hmac_keys, arena);
      described += keys[slot] == nullptr ? 0 : described_bytes(*keys[slot]);
    }
  }
}

/// At least what `go_live` takes of an arena for `source`, and what its keys take of the
/// description.
std::size_t live_bytes(const policy::Source& source, const scheme::Scheme& scheme,
                       std::span<const std::string_view> values) {
  std::size_t bytes = 0;
  for (const std::uint16_t slot : source.secrets) {
    bytes += scheme.signatures.size() *
             (sizeof(scheme::Key) + 2 * values[slot].size() + described_bytes(scheme::Key{}));
  }
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
      described += described_bytes(key);
    }
  }
  return described <= arena.bytes_left() ? std::optional(described) : std::nullopt;
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

}  // namespace

Bytes Machine::configure(Bytes frame) {
  is_configured_ = false;
  config_bytes_used_ = 0;
  config_.reset();
  Reader reader(frame);
  const bool is_known = reader.u8() == abi_version;
  const Bytes file = reader.bytes32();
  if (!is_known || reader.failed() || frame.size() > config_.bytes_left()) {
    return {};
  }
  const std::string_view kept_frame = config_.copy(text_of(frame));
  Reader kept(bytes_of(kept_frame).subspan(1));
  const Bytes kept_file = kept.bytes32();
  const auto decoded = policy::decode(kept_file, config_);
  if (!decoded.has_value()) {
    return {};
  }
  policy_ = *decoded;
  const std::size_t lists_bytes =
      policy_.settings.size() *
          (sizeof(std::string_view) + sizeof(const scheme::Key*) + sizeof(bool)) +
      policy_.sources.size() * sizeof(LiveSource) + arena_spare_bytes;
  if (lists_bytes > config_.bytes_left()) {
    return {};
  }
  const std::span<std::string_view> values =
      config_.make_array<std::string_view>(policy_.settings.size());
  if (!read_values(kept, values)) {
    return {};
  }
  configuration_ = {};
  configuration_.policy = &policy_;
  configuration_.policy_id = crypto::crc32(file);
  const auto described = go_live_all(policy_, values, configuration_, config_);
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
  http::Delivery delivery;
  const bool is_known = reader.u8() == abi_version;
  delivery.received_ms = reader.u64();
  const Bytes token = reader.raw(token_bytes);
  const std::uint8_t flags = reader.u8();
  delivery.method = reader.text16();
  delivery.path = reader.text16();
  delivery.query = reader.text16();
  delivery.client_address = reader.text16();
  delivery.headers = read_headers(reader, frame_headers_max, arena);
  delivery.body_bytes = reader.u64();
  delivery.transport = (flags & https_bit) != 0 ? http::Transport::https : http::Transport::plain;
  delivery.body_is_here = (flags & body_present_bit) != 0;
  const Bytes head = reader.bytes32();
  const bool has_right_length = delivery.body_is_here ? head.size() == delivery.body_bytes
                                                      : head.size() <= http::body_head_bytes_max &&
                                                            head.size() <= delivery.body_bytes;
  const bool is_sound = is_known && reader.finished() && (flags & ~begin_bits) == 0 &&
                        delivery.method.size() <= method_bytes_max &&
                        delivery.client_address.size() <= client_address_bytes_max &&
                        has_right_length;
  if (!is_sound) {
    return {};
  }
  delivery.body_form = http::body_form_of(head, delivery.body_bytes);
  if (delivery.body_is_here) {
    delivery.body = head;
  }
  trap_if_asked(delivery.headers, "begin");
  const auto body_size = (flags & body_over_limit_bit) != 0 ? Turn::BodySize::over_limit
                                                            : Turn::BodySize::within_limit;
  Turn turn(configuration_, arena, output_);
  return turn.begin(delivery, body_size, token.first<token_bytes>());
}

Bytes Machine::resume(Bytes frame, MutableBytes storage) {
  if (!is_configured_) {
    return {};
  }
  Arena arena(storage);
  Reader reader(frame);
  const bool is_known = reader.u8() == abi_version;
  const std::uint64_t now_ms = reader.u64();
  const Bytes ticket_bytes = reader.bytes32();
  const std::uint8_t body_present = reader.u8();
  std::optional<Bytes> body;
  if (body_present == 1) {
    body = reader.bytes32();
  }
  const auto effect = static_cast<Effect>(reader.u8());
  if (!is_known || reader.failed() || body_present > 1) {
    return {};
  }
  const auto ticket = decode_ticket(ticket_bytes, arena);
  if (!ticket.has_value()) {
    return {};
  }
  trap_if_asked(ticket->delivery.headers, "resume");
  Turn turn(configuration_, arena, output_);
  return turn.resume(*ticket, body, effect, reader, now_ms);
}

Bytes ledger_call(Bytes frame, MutableBytes output) {
  Reader reader(frame);
  const bool is_known = reader.u8() == abi_version;
  const ledger::Clock clock{.now_ms = reader.u64(), .started_ms = reader.u64()};
  const auto row = ledger::decode_row(bytes_of(reader.text16()));
  // The store's own operation has no form: no effect brings it.
  const Bytes asked = bytes_of(reader.text16());
  const auto operation = asked.empty()
                             ? std::optional(ledger::Operation{.verb = ledger::Verb::give_up})
                             : ledger::decode_operation(asked);
  if (!is_known || !reader.finished() || !row.has_value() || !operation.has_value()) {
    return {};
  }
  const ledger::Transition transition = ledger::apply(*row, *operation, clock);
  std::array<std::byte, ledger::row_bytes_max> row_room;
  std::array<std::byte, ledger::reply_bytes_max> reply_room;
  Writer writer(output);
  writer.u8(abi_version);
  writer.u8(static_cast<std::uint8_t>(transition.keep));
  writer.u64(transition.row.expires_ms);
  writer.u64(ledger::due_of(transition.row));
  writer.text16(text_of(ledger::encode_row(transition.row, row_room)));
  writer.u8(static_cast<std::uint8_t>(transition.reply.answer));
  writer.u64(transition.reply.wait_ms);
  writer.text16(text_of(ledger::encode_reply(transition.reply, reply_room)));
  return writer.written();
}

}  // namespace postern::gate
