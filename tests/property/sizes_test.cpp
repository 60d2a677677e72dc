#include <gtest/gtest.h>

#include <algorithm>

#include "harness/host/catalogue_files.h"
#include "postern/gate/limits.h"
#include "postern/policy/policy.h"
#include "postern/scheme/content.h"
#include "property/budget.h"
#include "property/provider_gate.h"

// Every provider's deliveries at the edges of every limit on a body: what the module hashes itself,
// what a sorted form may have, and the largest body that any policy lets in. On the module, whose
// memory is what runs out.

namespace postern::property {
namespace {

/// What is signed of a sorted form, where the provider signs one: the rest of such a delivery, its
/// address, has some hundred bytes.
bool signs_sorted_forms(const ProviderGate& gate) {
  const auto signs_sorted = [](const scheme::SignatureRule& rule) {
    return std::ranges::find(rule.content, scheme::PartKind::form_sorted, &scheme::Part::kind) !=
           rule.content.end();
  };
  return std::ranges::any_of(gate.compiled().scheme->signatures, signs_sorted) &&
         !gate.body().starts_with('{');
}

class Sizes : public testing::Test {
 protected:
  void expect(const ProviderGate& gate, std::size_t bytes, const std::string& verdict) {
    const auto module = harness::make_wasm_engine();
    const harness::Delivery delivery = gate.genuine(bytes);
    ASSERT_EQ(delivery.body.size(), bytes);
    EXPECT_EQ(verdict_of(gate.deliver(*module, delivery)), verdict) << bytes << " bytes";
  }

  compiler::Catalogue catalogue = harness::embedded_catalogue();
};

TEST_F(Sizes, AreTakenUpToTheLimitOfEveryProvider) {
  constexpr std::size_t limit = policy::body_bytes_limit;
  const auto all = catalogue.slugs();
  const auto large = spread(all, count_from("POSTERN_PROPERTY_PROVIDERS", 40));
  for (const std::string& slug : all) {
    SCOPED_TRACE(slug);
    const ProviderGate gate(slug, catalogue);
    const bool is_form = signs_sorted_forms(gate);
    const std::string taken = gate.can_sign() ? "forwarded" : "refused bad_signature";
    const std::string above = is_form ? "refused malformed_content" : taken;
    for (const std::size_t bytes :
         {gate::mac_inline_bytes_max - 1U, gate::mac_inline_bytes_max + 0U,
          gate::mac_inline_bytes_max + 1U}) {
      if (bytes > gate.body().size()) {
        expect(gate, bytes, taken);
      }
    }
    expect(gate, scheme::literal_bytes_max - 1024, taken);
    expect(gate, scheme::literal_bytes_max + 1024, above);
    // 25 MiB take a while: those of some, evenly, and of all whose forms are sorted.
    if (is_form || std::ranges::find(large, slug) != large.end()) {
      expect(gate, limit, above);
      expect(gate, limit + 1, "refused body_too_large");
    }
  }
}

TEST_F(Sizes, OfListsOfSignaturesAreTakenUpToTheirLimit) {
  std::size_t lists = 0;
  for (const std::string& slug : catalogue.slugs()) {
    SCOPED_TRACE(slug);
    const ProviderGate gate(slug, catalogue);
    for (const std::size_t count :
         {gate.candidates() - 1, gate.candidates(), gate.candidates() + 1}) {
      harness::Delivery delivery = gate.genuine(0);
      if (!gate.can_sign() || !gate.multiply_signature(delivery, count)) {
        continue;
      }
      ++lists;
      const auto module = harness::make_wasm_engine();
      EXPECT_EQ(verdict_of(gate.deliver(*module, delivery)),
                count <= gate.candidates() ? "forwarded" : "refused malformed_signature")
          << count << " signatures";
    }
  }
  EXPECT_GT(lists, 0U);
}

}  // namespace
}  // namespace postern::property
