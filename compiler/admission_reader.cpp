#include <fmt/format.h>

#include <algorithm>

#include "compiler/acknowledgement_reader.h"
#include "compiler/address_range.h"
#include "compiler/source_reader.h"

// Who may come in and how often, and what they are told when they were let in.

namespace postern::compiler {
namespace {

/// Above this no sender that honours it is slowed, and no ledger keeps up.
constexpr std::int64_t rate_requests_limit = 1'000'000;

void read_addresses(TableReader& reader, SourceModel& source, Storage& storage) {
  std::vector<policy::AddressRange> ranges;
  const auto texts = reader.texts("allow_addresses", policy::address_ranges_max);
  for (const PlacedText& text : texts.value_or(std::vector<PlacedText>{})) {
    const auto range = parse_address_range(text.text);
    if (!range.has_value()) {
      reader.report().error(text.place, "bad-address", range.error().message, range.error().hint);
      continue;
    }
    source.allow_addresses.push_back(text.place);
    ranges.push_back(*range);
  }
  source.source.allow_addresses = storage.list(std::move(ranges));
}

/// `10s or 60s`, each in `quote`s.
std::string show_periods(const HostLimits& host, std::string_view quote) {
  std::string shown;
  for (const std::uint32_t seconds : host.rate_periods_seconds) {
    shown += fmt::format("{}{}{}s{}", shown.empty() ? "" : " or ", quote, seconds, quote);
  }
  return shown;
}

/// The limiter of a platform counts over some periods and no other.
std::uint32_t read_period(TableReader& reader, const HostLimits& host) {
  const auto period = reader.duration_ms("per", UINT64_MAX);
  if (!period.has_value()) {
    if (!reader.has("per")) {
      reader.report().error(reader.here(), "missing-key", "a rate limit needs `per`",
                            fmt::format("per = {}", show_periods(host, "\"")));
    }
    return 0;
  }
  const bool is_counted = std::ranges::any_of(
      host.rate_periods_seconds,
      [&](std::uint32_t seconds) { return *period == std::uint64_t{seconds} * 1000; });
  if (!is_counted) {
    reader.error(
        "per", "unknown-period",
        fmt::format("`per` is {}: the platform's limiter counts over no other period",
                    host.rate_periods_seconds.empty() ? "never met" : show_periods(host, "")),
        "convert `requests` to one of them");
  }
  return static_cast<std::uint32_t>(*period / 1000);
}

void read_rate_limit(TableReader& parent, const HostLimits& host, SourceModel& source) {
  const toml::table* table = parent.table("rate_limit");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "`rate_limit`", parent.report());
  policy::RateLimit& limit = source.source.rate_limit;
  limit.requests =
      static_cast<std::uint32_t>(reader.integer("requests", 1, rate_requests_limit).value_or(0));
  limit.period_seconds = read_period(reader, host);
  const auto by = reader.choice("by", {"source", "address"});
  limit.by = by == 1U ? policy::LimitBy::address : policy::LimitBy::source;
  if (!reader.has("requests")) {
    parent.error("rate_limit", "missing-key", "a rate limit needs `requests`", "requests = 600");
  }
  if (!reader.has("by")) {
    parent.error("rate_limit", "missing-key", "a rate limit needs `by`",
                 "\"address\": each address, before anything is verified; \"source\": all "
                 "authentic deliveries together");
  }
  reader.finish();
}

}  // namespace

void read_admission(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  read_addresses(reader, source, reading.model.storage);
  read_rate_limit(reader, reading.host, source);
  const toml::table* acknowledgement = reader.table("acknowledge");
  if (acknowledgement != nullptr) {
    source.source.acknowledgement = read_acknowledgement(*acknowledgement, "`acknowledge`",
                                                         reading.model.storage, reading.report);
  } else {
    source.source.acknowledgement = source.scheme->acknowledgement;
  }
}

}  // namespace postern::compiler
