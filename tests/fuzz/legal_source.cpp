#include "fuzz/legal_policy.h"
#include "postern/http/delivery.h"

// The sources of legal policies, and their routes.

namespace postern::fuzz {
namespace {

constexpr std::string_view url = "https://hooks.example.com/hook";

}  // namespace

policy::Route LegalPolicy::route() {
  policy::Route made;
  made.events = list(std::vector<std::string_view>{dice_.chance(80) ? "*" : "a*"});
  std::vector<policy::Filter> filters(dice_.chance(60) ? 0 : dice_.edge(0, policy::filters_max));
  for (policy::Filter& filter : filters) {
    filter.pointer = pointer();
    filter.values = list(std::vector<policy::FilterValue>(dice_.edge(1, policy::filter_values_max),
                                                          {json::Type::string, "a"}));
  }
  made.filters = list(std::move(filters));
  made.timeout_ms = 8000;
  const bool is_queue = dice_.chance(40);
  made.deliver = is_queue ? policy::Deliver::queue : policy::Deliver::proxy;
  policy::Destination destination;
  destination.to.text = "https://origin.example/hook";
  // What is a secret of these is also one of the gate's: 64 characters of base64.
  std::vector<std::uint16_t> signers(dice_.chance(50) ? 0 : 1 + dice_.below(policy::signers_max));
  for (std::uint16_t& each : signers) {
    each = static_cast<std::uint16_t>(dice_.below(values_.size()));
  }
  destination.signers = list(std::move(signers));
  made.to = list(std::vector<policy::Destination>(
      is_queue ? dice_.edge(1, policy::destinations_max) : 1, destination));
  if (is_queue) {
    made.retry = {.kind = policy::RetryKind::exponential,
                  .jitter_percent = 100,
                  .attempts = policy::retry_attempts_max,
                  .first_ms = 1000,
                  .longest_ms = policy::retry_delay_ms_max,
                  .horizon_ms = policy::retain_ms_max,
                  .delays_ms = {}};
  }
  return made;
}

policy::Source LegalPolicy::source() {
  policy::Source made;
  made.name = text(std::string(dice_.edge(1, policy::name_bytes_max), 's'));
  made.path = text("/" + std::string(dice_.edge(1, policy::path_bytes_max - 1), 'p'));
  made.methods = static_cast<std::uint8_t>(1 + dice_.below(7)) | 1U;
  std::vector<std::uint16_t> slots(values_.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i] = static_cast<std::uint16_t>(i);
  }
  made.secrets = list(std::move(slots));
  made.forward_headers = headers();
  made.max_age_seconds = 300;
  made.max_future_seconds = 300;
  made.body_bytes_max = policy::body_bytes_limit;
  made.retain_ms = 600'000;
  made.lease_ms = 13'000;
  made.on_ledger_down = static_cast<policy::LedgerDown>(dice_.below(3));
  made.mode = dice_.chance(10) ? policy::Mode::observe : policy::Mode::enforce;
  made.url.text =
      dice_.chance(80)
          ? text(std::string(url) + "?" + std::string(dice_.edge(1, http::query_bytes_max), 'u'))
          : url;
  if (dice_.chance(70)) {
    made.url.text = url;
  }
  made.parameters = list(std::vector<policy::Setting>{{.text = legal_parameter}});
  made.identity_choice = static_cast<policy::IdentityChoice>(dice_.chance(60) ? 0 : dice_.below(5));
  if (made.identity_choice == policy::IdentityChoice::custom) {
    made.identity = identity();
  }
  made.same_content = static_cast<scheme::SameContent>(dice_.chance(60) ? 0 : dice_.below(4));
  made.types = types(policy::types_max);
  if (dice_.chance(10)) {
    made.allow_events = types(policy::events_max);
  }
  if (dice_.chance(30)) {
    made.acknowledgement = {.content_type = "text/plain",
                            .body = long_text(policy::acknowledgement_bytes_max)};
  }
  if (dice_.chance(15)) {
    made.rate_limit = {.by = dice_.chance(50) ? policy::LimitBy::source : policy::LimitBy::address,
                       .requests = 5,
                       .period_seconds = 10};
  }
  std::vector<policy::Route> routes(dice_.chance(70) ? 1 : dice_.edge(1, policy::routes_max));
  for (policy::Route& each : routes) {
    each = route();
  }
  made.routes = list(std::move(routes));
  return made;
}

}  // namespace postern::fuzz
