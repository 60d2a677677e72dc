// How many deliveries one core replays in a second. Prints a line of JSON for each engine, and one
// for the SHA-256 alone of the same bodies: a ratio to it is the same on a busy machine.
//
//   replay_bench POLICY ROUNDS BODY_BYTES
//
// POLICY is a compiled policy with one Stripe source at /hooks/stripe whose settings come from the
// environment. A delivery counts from its frame to the ledger's grant: verified, its event read and
// routed, claimed in a ledger in memory.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/host/cryptography.h"
#include "harness/host/frames.h"
#include "harness/host/macs.h"
#include "harness/host/memory_ledger.h"

namespace postern::harness {
namespace {

constexpr std::uint64_t now_seconds = 1'700'000'000;

/// Different deliveries in one round; together some megabytes, so that none stays in a cache.
constexpr std::size_t deliveries_per_round = 4096;

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("the policy cannot be read");
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> read_settings(std::string_view policy) {
  std::vector<std::string> values;
  for (const std::string& name : setting_names(policy)) {
    const char* value = std::getenv(name.c_str());
    values.emplace_back(value == nullptr ? "" : value);
  }
  return values;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string make_body(std::size_t number, std::size_t body_bytes) {
  const std::string line =
      R"({"id":"il_1","object":"line_item","amount":1999,"currency":"usd","discountable":true,)"
      R"("description":"Monthly plan","metadata":{"order":"6735","note":"leave at the door"},)"
      R"("period":{"end":1702592000,"start":1700000000},"quantity":1},)";
  std::string body = R"({"id":"evt_bench)" + std::to_string(number) +
                     R"(","object":"event","type":"invoice.paid","data":{"object":{"lines":[)";
  const std::string tail = R"({"text":"")";
  const std::string end = R"(}]}}})";
  while (body.size() + line.size() + tail.size() + end.size() < body_bytes) {
    body += line;
  }
  const std::size_t used = body.size() + tail.size() + end.size();
  body.append(tail, 0, tail.size() - 1);
  body.append(used < body_bytes ? body_bytes - used : 0, 'x');
  return body + '"' + end;
}

std::vector<Delivery> make_deliveries(std::string_view secret, std::size_t body_bytes) {
  const std::string time = std::to_string(now_seconds);
  std::vector<Delivery> deliveries(deliveries_per_round);
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    Delivery& delivery = deliveries[i];
    delivery.path = "/hooks/stripe";
    delivery.body = make_body(i, body_bytes);
    const std::string mac = hmac(Hash::sha256, secret, time + "." + delivery.body).value();
    delivery.headers = {
        {.name = "accept", .value = "*/*; q=0.5, application/xml"},
        {.name = "cache-control", .value = "no-cache"},
        {.name = "content-length", .value = std::to_string(delivery.body.size())},
        {.name = "content-type", .value = "application/json; charset=utf-8"},
        {.name = "host", .value = "hooks.example.com"},
        {.name = "stripe-signature", .value = "t=" + time + ",v1=" + hex(mac)},
        {.name = "user-agent", .value = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"}};
  }
  return deliveries;
}

/// The gate under measurement: an engine with its policy, and the keys that the policy has.
struct Gate {
  Gate(std::unique_ptr<Engine> of, std::string_view policy,
       const std::vector<std::string>& settings)
      : engine(std::move(of)),
        configured(decode_configured(engine->configure(encode_configure(policy, settings)))),
        macs(configured.keys) {}

  std::unique_ptr<Engine> engine;
  Configured configured;
  Macs macs;
};

constexpr std::uint64_t now_ms = now_seconds * 1000;

/// The steps up to the claim, as a host takes them.
Step step_to_claim(Gate& gate, const Delivery& delivery, const std::string& token) {
  const bool is_inline = delivery.body.size() <= gate.configured.mac_inline_bytes_max;
  const std::optional<std::string_view> body(delivery.body);
  const Step first =
      decode_step(gate.engine->begin(encode_begin({.now_ms = now_ms,
                                                   .token = token,
                                                   .delivery = delivery,
                                                   .body_size = BodySize::within_limit,
                                                   .body_bytes = delivery.body.size(),
                                                   .body = is_inline ? body : std::nullopt})));
  if (first.kind != EffectKind::mac) {
    return first;
  }
  const std::string outcome = gate.macs.perform(std::get<Mac>(first.effect), delivery.body);
  return decode_step(
      gate.engine->resume(encode_resume({.now_ms = now_ms,
                                         .ticket = first.ticket,
                                         .body = first.wants_body ? body : std::nullopt,
                                         .answered = EffectKind::mac,
                                         .outcome = outcome})));
}

/// Takes one delivery from its frame to the ledger's reply. Throws when it is not granted.
void replay(Gate& gate, MemoryLedger& ledger, const Delivery& delivery, const std::string& token) {
  const Step step = step_to_claim(gate, delivery, token);
  if (step.kind != EffectKind::claim) {
    throw std::runtime_error("a genuine delivery is not claimed");
  }
  const auto& claim = std::get<LedgerOperation>(step.effect);
  if (ledger.apply(*gate.engine, claim, now_ms).answer != LedgerAnswer::granted) {
    throw std::runtime_error("a new event is not granted");
  }
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Microseconds of CPU per delivery, over all of them and with a ledger of their own.
double measure_round(Gate& gate, const std::vector<Delivery>& deliveries) {
  MemoryLedger ledger;
  const std::string token(16, '\x2a');
  const double started = cpu_seconds();
  for (const Delivery& delivery : deliveries) {
    replay(gate, ledger, delivery, token);
  }
  return (cpu_seconds() - started) * 1e6 / static_cast<double>(deliveries.size());
}

/// Microseconds of CPU for the SHA-256 of a body, over all of them.
double measure_digests(const std::vector<Delivery>& deliveries) {
  const double started = cpu_seconds();
  for (const Delivery& delivery : deliveries) {
    if (!digest(Hash::sha256, delivery.body).has_value()) {
      throw std::runtime_error("a body is not hashed");
    }
  }
  return (cpu_seconds() - started) * 1e6 / static_cast<double>(deliveries.size());
}

void print_samples(std::string_view name, const std::vector<double>& samples) {
  std::printf(R"({"name":"%.*s","us":[)", static_cast<int>(name.size()), name.data());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::printf("%s%.4f", i == 0 ? "" : ",", samples[i]);
  }
  std::puts("]}");
}

void run(const char* policy_file, std::size_t rounds, std::size_t body_bytes) {
  const std::string policy = read_file(policy_file);
  const std::vector<std::string> settings = read_settings(policy);
  std::vector<Gate> gates;
  gates.emplace_back(make_native_engine(), policy, settings);
  gates.emplace_back(make_wasm_engine(), policy, settings);
  const std::vector<Delivery> deliveries = make_deliveries(settings.at(0), body_bytes);
  std::vector<std::vector<double>> samples(gates.size());
  std::vector<double> digests;
  for (std::size_t round = 0; round < rounds; ++round) {
    digests.push_back(measure_digests(deliveries));
    for (std::size_t i = 0; i < gates.size(); ++i) {
      samples[i].push_back(measure_round(gates[i], deliveries));
    }
  }
  print_samples("SHA-256 alone", digests);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    print_samples(gates[i].engine->name(), samples[i]);
  }
}

}  // namespace
}  // namespace postern::harness

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: replay_bench POLICY ROUNDS BODY_BYTES\n", stderr);
    return 2;
  }
  try {
    postern::harness::run(arguments[1], std::strtoul(arguments[2], nullptr, 10),
                          std::strtoul(arguments[3], nullptr, 10));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "replay_bench: %s\n", failure.what());
    return 1;
  }
  return 0;
}
