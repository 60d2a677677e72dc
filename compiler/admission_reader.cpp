#include <fmt/format.h>

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

/// The limiter of the platform counts over these periods and no other.
std::uint32_t read_period(TableReader& reader) {
  constexpr std::uint64_t short_ms = 10'000;
  constexpr std::uint64_t long_ms = 60'000;
  const auto period = reader.duration_ms("per", UINT64_MAX);
  if (!period.has_value()) {
    if (!reader.has("per")) {
      reader.report().error(reader.here(), "missing-key", "a rate limit needs `per`",
                            "per = \"10s\" or \"60s\"");
    }
    return 0;
  }
  if (*period != short_ms && *period != long_ms) {
    reader.error("per", "unknown-period",
                 "`per` is 10s or 60s: the platform's limiter counts over no other period",
                 "convert `requests` to one of the two");
  }
  return static_cast<std::uint32_t>(*period / 1000);
}

void read_rate_limit(TableReader& parent, SourceModel& source) {
  const toml::table* table = parent.table("rate_limit");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "`rate_limit`", parent.report());
  policy::RateLimit& limit = source.source.rate_limit;
  limit.requests =
      static_cast<std::uint32_t>(reader.integer("requests", 1, rate_requests_limit).value_or(0));
  limit.period_seconds = read_period(reader);
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
  read_rate_limit(reader, source);
  const toml::table* acknowledgement = reader.table("acknowledge");
  if (acknowledgement != nullptr) {
    source.source.acknowledgement = read_acknowledgement(*acknowledgement, "`acknowledge`",
                                                         reading.model.storage, reading.report);
  } else {
    source.source.acknowledgement = source.scheme->acknowledgement;
  }
}

}  // namespace postern::compiler
