#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "harness/host/catalogue_files.h"
#include "postern/base/work.h"
#include "postern/scheme/signing_scheme.h"
#include "property/budget.h"
#include "property/provider_gate.h"

// What a forgery costs, in bytes that the core and its host hash, parse, compare, copy or carry: at
// most twice what a genuine delivery of its size costs under the same policy, and linear in its
// bytes. Counted, so that no clock decides.

namespace postern::property {
namespace {

struct Shape {
  const char* name;
  /// A body of `bytes`, or about so; `genuine` is one that the sender would send.
  std::string (*make)(std::size_t bytes, std::string_view genuine);
};

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + piece.size());
  while (text.size() < bytes) {
    text += piece;
  }
  text.resize(bytes);
  return text;
}

/// Names that differ in their last characters only. With a `stride` prime to their number they come
/// in some order: 1 is sorted, one less than their number the wrong way round.
std::string near_equal_form(std::size_t fields, std::size_t bytes, std::size_t stride) {
  std::string body;
  const std::string common(bytes / fields, 'n');
  for (std::size_t i = 0; i < fields; ++i) {
    body += (body.empty() ? "" : "&") + common + std::to_string(1000 + i * stride % fields) + "=v";
  }
  return body;
}

/// What of a sorted form is below its limit.
constexpr std::size_t fitting_bytes = std::size_t{62} << 10;

constexpr std::array shapes = {
    Shape{"as genuine", [](std::size_t, std::string_view genuine) { return std::string(genuine); }},
    Shape{"white space", [](std::size_t n, std::string_view) { return std::string(n, ' '); }},
    Shape{"white space, then {",
          [](std::size_t n, std::string_view) { return std::string(n - 2, '\n') + "{}"; }},
    Shape{"open brackets", [](std::size_t n, std::string_view) { return std::string(n, '['); }},
    Shape{"numbers",
          [](std::size_t n, std::string_view) { return "[1" + repeated(",1", n - 2) + "]"; }},
    Shape{"escaped names",
          [](std::size_t n, std::string_view) {
            return R"({"\u0069":1)" + repeated(R"(,"\u0069\u0064":{"id":1})", n) + "}";
          }},
    Shape{"one long escaped text",
          [](std::size_t n, std::string_view) {
            return R"({"id":")" + repeated("\\u0061", n / 6 * 6) + R"("})";
          }},
    Shape{"256 fields", [](std::size_t n, std::string_view) { return near_equal_form(256, n, 1); }},
    Shape{"257 fields", [](std::size_t n, std::string_view) { return near_equal_form(257, n, 3); }},
    Shape{"256 fields that fit, sorted",
          [](std::size_t n, std::string_view) {
            return near_equal_form(256, std::min(n, fitting_bytes), 1);
          }},
    Shape{"256 fields that fit, backwards",
          [](std::size_t n, std::string_view) {
            return near_equal_form(256, std::min(n, fitting_bytes), 255);
          }},
    Shape{"256 fields that fit, mixed",
          [](std::size_t n, std::string_view) {
            return near_equal_form(256, std::min(n, fitting_bytes), 101);
          }},
    Shape{"ampersands", [](std::size_t n, std::string_view) { return std::string(n, '&'); }},
    Shape{"one field of escapes",
          [](std::size_t n, std::string_view) { return "a=" + repeated("%20", n); }},
};

/// One byte of each signature is another one: forms stay right.
void spoil(const ProviderGate& gate, harness::Delivery& delivery) {
  if (std::string* value = gate.signature_of(delivery); value != nullptr && !value->empty()) {
    // Behind prefix, key and version, before any padding.
    char& c = (*value)[value->size() > 16 ? value->size() - 12 : 0];
    c = c == '0' ? '1' : '0';
  } else if (!delivery.query.empty()) {
    char& c = delivery.query.back();
    c = c == '0' ? '1' : '0';
  }
}

/// What the host does for the steps of a delivery: messages that it hashes, and bodies that it
/// carries into the module.
struct HostWork {
  std::uint64_t bytes = 0;
  std::size_t checks = 0;
};

std::uint64_t message_bytes(const std::vector<harness::Piece>& content, std::size_t body) {
  std::uint64_t bytes = 0;
  for (const harness::Piece& piece : content) {
    bytes += piece.kind == harness::Piece::Kind::body ? body : piece.bytes.size();
  }
  return bytes;
}

HostWork host_work(const harness::Outcome& outcome, std::size_t body) {
  HostWork work;
  for (const std::string& frame : outcome.trace) {
    const harness::Step step = harness::decode_step(frame);
    work.bytes += frame.size() + (step.wants_body ? body : 0);
    if (const auto* mac = std::get_if<harness::Mac>(&step.effect)) {
      for (const harness::MacRequest& request : mac->requests) {
        work.bytes += message_bytes(request.content, body);
      }
    } else if (const auto* check = std::get_if<harness::CheckSignature>(&step.effect)) {
      work.checks += check->checks.size();
      for (const harness::SignatureCheck& each : check->checks) {
        work.bytes += message_bytes(each.content, body);
      }
    }
  }
  return work;
}

struct Cost {
  std::uint64_t bytes = 0;
  std::size_t checks = 0;
  std::string verdict;
};

Cost cost_of(const ProviderGate& gate, harness::Engine& engine, const harness::Delivery& delivery) {
  work_bytes = 0;
  const harness::Outcome outcome = gate.deliver(engine, delivery);
  const HostWork host = host_work(outcome, delivery.body.size());
  return {work_bytes + host.bytes, host.checks, verdict_of(outcome)};
}

/// Besides its size, a delivery costs what its headers and the policy's rules cost.
constexpr std::uint64_t fixed_bytes = 32U << 10;

/// So many providers of the catalogue: most of them are of few kinds.
std::size_t providers_max() { return count_from("POSTERN_PROPERTY_PROVIDERS", 60); }

class ForgeryCost : public testing::Test {
 protected:
  compiler::Catalogue catalogue = harness::embedded_catalogue();
  std::unique_ptr<harness::Engine> engine = harness::make_native_engine();
};

TEST_F(ForgeryCost, IsAtMostTwiceThatOfAGenuineDelivery) {
  double worst = 0;
  for (const std::string& slug : spread(catalogue.slugs(), providers_max())) {
    const ProviderGate gate(slug, catalogue);
    // Of a form, a sender's own sizes; and sizes that no sorted form may have.
    for (const std::size_t bytes :
         {std::size_t{2048}, std::size_t{60} << 10, std::size_t{1} << 20}) {
      const harness::Delivery genuine = gate.genuine(bytes);
      const Cost genuine_cost = cost_of(gate, *engine, genuine);
      for (const Shape& shape : shapes) {
        for (const std::size_t signatures : {1U, 2U, 16U}) {
          harness::Delivery forged = genuine;
          forged.body = shape.make(genuine.body.size(), genuine.body);
          spoil(gate, forged);
          gate.multiply_signature(forged, signatures);
          const Cost cost = cost_of(gate, *engine, forged);
          const std::string what = slug + ", " + shape.name + ", " + std::to_string(bytes) + ", " +
                                   std::to_string(signatures) + " signatures: " + cost.verdict;
          EXPECT_LE(cost.bytes, 2 * genuine_cost.bytes + fixed_bytes) << what;
          EXPECT_LE(cost.checks, scheme::checks_per_key_max * gate.compiled().secrets.size())
              << what;
          worst = std::max(worst, static_cast<double>(cost.bytes) /
                                      static_cast<double>(genuine_cost.bytes + fixed_bytes));
        }
      }
    }
  }
  std::printf("note: the dearest forgery costs %.2f of a genuine delivery of its size\n", worst);
}

TEST_F(ForgeryCost, IsLinearInItsBytes) {
  for (const std::string& slug : spread(catalogue.slugs(), providers_max())) {
    const ProviderGate gate(slug, catalogue);
    for (const Shape& shape : shapes) {
      std::array<std::uint64_t, 2> costs{};
      constexpr std::size_t small = std::size_t{128} << 10;
      for (const std::size_t factor : {1U, 8U}) {
        const harness::Delivery genuine = gate.genuine(factor * small);
        harness::Delivery forged = genuine;
        forged.body = shape.make(genuine.body.size(), genuine.body);
        spoil(gate, forged);
        costs[factor == 1 ? 0 : 1] = cost_of(gate, *engine, forged).bytes;
      }
      EXPECT_LE(costs[1], 8 * costs[0] + 8 * fixed_bytes) << slug << ", " << shape.name;
    }
  }
}

}  // namespace
}  // namespace postern::property
