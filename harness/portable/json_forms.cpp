#include "harness/portable/json_forms.h"

#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json json_form(const std::vector<Header>& headers) {
  Json list = Json::array();
  for (const Header& header : headers) {
    list.push_back({header.name, header.value});
  }
  return list;
}

Json json_form(const Delivery& delivery) {
  return {{"method", delivery.method},
          {"path", delivery.path},
          {"query", delivery.query},
          {"https", delivery.transport == Transport::https},
          {"client_address", delivery.client_address},
          {"headers", json_form(delivery.headers)},
          {"body_b64", to_base64(delivery.body)}};
}

Json json_form(const std::vector<Expectation>& expectations) {
  Json expect = Json::object();
  for (const Expectation& expectation : expectations) {
    if (expectation.name.empty()) {
      expect[expectation.key] = expectation.wanted;
    } else {
      expect[expectation.key][expectation.name] = expectation.wanted;
    }
  }
  return expect;
}

}  // namespace postern::harness
