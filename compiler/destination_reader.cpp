#include <fmt/format.h>

#include "compiler/destination.h"
#include "compiler/source_reader.h"
#include "postern/crypto/crc32.h"

// Where a route forwards to, and by which secrets the gate signs what goes there.

namespace postern::compiler {
namespace {

/// Refuses a literal destination that must not be forwarded to.
void check_literal(const PlacedSetting& to, PolicyReading& reading) {
  if (to.setting.slot != policy::Setting::no_slot) {
    return;
  }
  const OriginRule rule =
      reading.use == PolicyUse::fixture || reading.model.gate.allow_private_origins
          ? OriginRule::any
          : OriginRule::public_https;
  if (const auto fault = check_destination(to.setting.text, rule); fault.has_value()) {
    if (fault->code == "destination-credentials") {
      reading.report.add_secret_place(to.place);
    }
    reading.report.error(to.place, fault->code, fault->message, fault->hint);
  }
}

/// What the ledger knows a destination by: its text, or the name of its value.
std::string_view lasting_name(const policy::Setting& to, const PolicyModel& model) {
  return to.slot == policy::Setting::no_slot ? to.text
                                             : std::string_view(model.settings[to.slot].name);
}

/// The ledger keeps one row for each destination, by the checksum of its name. Never quotes the
/// destinations: they may hold credentials.
void check_different(const std::vector<DestinationModel>& all, PolicyReading& reading) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view name = lasting_name(all[i].setting, reading.model);
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const std::string_view other = lasting_name(all[earlier].setting, reading.model);
      if (name == other) {
        reading.report.error(all[i].place, "same-destination",
                             fmt::format("destination {} stands here again", earlier + 1),
                             "each origin gets an event once");
      } else if (crypto::crc32(bytes_of(name)) == crypto::crc32(bytes_of(other))) {
        reading.report.error(
            all[i].place, "same-destination-id",
            fmt::format("this and destination {} have the same CRC-32, by which the ledger knows "
                        "them, so one of them would not get the event",
                        earlier + 1),
            "spell one of them in another way, or take it from the environment");
      }
    }
  }
}

/// A function of the program that the gate runs in; nothing, and a report, where there is none.
std::optional<PlacedSetting> make_handler(const PlacedText& text, PolicyReading& reading) {
  if (const auto fault = check_handler(text.text); fault.has_value()) {
    reading.report.error(text.place, fault->code, fault->message, fault->hint);
    return std::nullopt;
  }
  if (!reading.host.handlers || reading.use == PolicyUse::fixture) {
    reading.report.error(
        text.place, "no-handlers",
        fmt::format("`{}` is a function of a program, and here is none", text.text),
        "gate({ policy, handlers }) in a program of your own runs it; or an "
        "address: to = \"https://...\"");
    return std::nullopt;
  }
  PlacedSetting setting{.setting = {}, .place = text.place};
  setting.setting.slot = slot_of(text.text, reading.model);
  return setting;
}

/// One of them, as a text or as a table with secrets of its own.
void read_destination(const toml::node& node, RouteModel& route, PolicyReading& reading) {
  DestinationModel destination;
  destination.signers = reading.model.signers;
  std::optional<PlacedText> text;
  if (const toml::table* table = node.as_table(); table != nullptr) {
    TableReader reader(*table, "a destination", reading.report);
    text = {reader.required_text("url", "where it forwards to: { url = \"https://...\" }"),
            reader.place("url")};
    if (reader.has("sign_forwards")) {
      destination.signers = read_signers(reader, reading);
    }
    reader.finish();
    if (text->text.empty()) {
      return;  // Which has been said.
    }
  } else if (node.is_string()) {
    text = {node.as_string()->get(), node.source()};
  } else {
    reading.report.error(node.source(), "wrong-type", "a destination is a string or a table",
                         "\"https://...\", or { url = \"https://...\", sign_forwards = ... }");
    return;
  }
  const auto to = is_handler(text->text) ? make_handler(*text, reading)
                                         : make_setting(std::move(*text), "to", reading);
  if (to.has_value()) {
    check_literal(*to, reading);
    static_cast<PlacedSetting&>(destination) = *to;
    route.to.push_back(std::move(destination));
  }
}

void read_list(const toml::array& list, TableReader& reader, RouteModel& route,
               PolicyReading& reading) {
  if (list.empty() || list.size() > policy::destinations_max) {
    reader.error("to", list.empty() ? "empty-list" : "too-many",
                 list.empty()
                     ? "`to` is empty"
                     : fmt::format("`to` has more than {} entries", policy::destinations_max),
                 "");
    return;
  }
  for (const toml::node& node : list) {
    read_destination(node, route, reading);
  }
}

}  // namespace

std::vector<PlacedSetting> read_signers(TableReader& reader, PolicyReading& reading) {
  constexpr std::string_view key = "sign_forwards";
  std::vector<PlacedText> texts;
  const toml::node* node = reader.find(key);
  if (node != nullptr && node->is_array()) {
    texts = reader.texts(key, policy::signers_max).value_or(texts);
  } else if (auto text = reader.text(key); text.has_value()) {
    texts.push_back({std::move(*text), reader.place(key)});
  }
  std::vector<PlacedSetting> signers;
  for (PlacedText& text : texts) {
    auto signer = make_setting(std::move(text), key, reading);
    if (!signer.has_value()) {
      continue;
    }
    if (signer->setting.slot == policy::Setting::no_slot) {
      reading.report.add_secret_place(signer->place);
      if (reading.use == PolicyUse::fixture) {
        signer->setting.slot =
            add_setting(fmt::format("sign_forwards_{}", reading.model.settings.size()),
                        std::string(signer->setting.text), reading.model);
      } else {
        reading.report.error(
            signer->place, "literal-secret", "a secret stands in the policy",
            "put it into the environment: sign_forwards = \"env:POSTERN_SIGNING_SECRET\"");
        continue;
      }
    }
    signers.push_back(*signer);
  }
  return signers;
}

void read_destinations(TableReader& reader, RouteModel& route, PolicyReading& reading) {
  const toml::node* node = reader.find("to");
  if (node != nullptr && node->is_array()) {
    read_list(*node->as_array(), reader, route, reading);
    if (route.route.deliver != policy::Deliver::queue) {
      reader.error("to", "queue-only", "a list of destinations needs queue mode",
                   "deliver = \"queue\": a sender can be shown one origin's answer only");
    }
  } else if (node != nullptr) {
    read_destination(*node, route, reading);
  }
  check_different(route.to, reading);
  route.route.to = make_destinations(route.to, reading.model.storage);
}

std::span<const policy::Destination> make_destinations(
    const std::vector<DestinationModel>& destinations, Storage& storage) {
  std::vector<policy::Destination> made;
  for (const DestinationModel& destination : destinations) {
    std::vector<std::uint16_t> slots;
    for (const PlacedSetting& signer : destination.signers) {
      slots.push_back(signer.setting.slot);
    }
    made.push_back({.to = destination.setting, .signers = storage.list(std::move(slots))});
  }
  return storage.list(std::move(made));
}

}  // namespace postern::compiler
