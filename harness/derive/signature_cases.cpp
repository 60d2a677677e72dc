#include <algorithm>

#include "harness/derive/other_secret.h"
#include "harness/derive/plan.h"
#include "harness/sender/places.h"
#include "postern/base/bytes.h"

namespace postern::harness::derive {
namespace {

using scheme::Algorithm;

/// Shortest signature of an RSA key that counts: 2048 bits.
constexpr std::size_t rsa_bytes_min = 256;

bool is_token(const Genuine& genuine) {
  const Algorithm algorithm = genuine.rule().algorithm;
  return algorithm == Algorithm::token || algorithm == Algorithm::basic;
}

/// Why a changed body does not show; empty where it does.
std::string why_unbound(const Genuine& genuine) {
  switch (genuine.model->proof) {
    case scheme::Proof::token:
      return "nothing is signed: see any-body";
    case scheme::Proof::partial:
      return "the signature covers parts of the body only";
    default:
      return genuine.delivery.body.empty() ? "its body is empty" : "";
  }
}

/// Another digit for the last one, else another letter: JSON and forms stay what they are.
std::string with_another_character(std::string body) {
  constexpr std::string_view digits = "0123456789";
  const std::size_t digit = body.find_last_of(digits);
  const auto letter = std::find_if(body.rbegin(), body.rend(), [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
  });
  char& changed = digit != std::string::npos ? body[digit]
                  : letter != body.rend()    ? *letter
                                             : body.back();
  changed = static_cast<char>(changed ^ 1);
  return body;
}

Plan changed_body(const Genuine& genuine) {
  if (const std::string why = why_unbound(genuine); !why.empty()) {
    return not_for(why);
  }
  Delivery delivery = genuine.delivery;
  delivery.body = with_another_character(delivery.body);
  return plan_of(genuine, delivery, changed_content(genuine));
}

Plan longer_body(const Genuine& genuine) {
  if (const std::string why = why_unbound(genuine); !why.empty()) {
    return not_for(why);
  }
  Delivery delivery = genuine.delivery;
  delivery.body = longer(delivery.body);
  return plan_of(genuine, delivery, changed_content(genuine));
}

Plan any_body(const Genuine& genuine) {
  if (!is_token(genuine)) {
    return not_for("its deliveries are signed");
  }
  Delivery delivery = genuine.delivery;
  delivery.body = longer(delivery.body);
  return plan_of(genuine, delivery, forwarded);
}

Plan with_secrets(const Genuine& genuine, std::vector<std::string> secrets, Expected expected) {
  Plan plan = plan_of(genuine, genuine.delivery, expected);
  plan.secrets = std::move(secrets);
  return plan;
}

std::string other(const Genuine& genuine, std::size_t number) {
  return other_secret(genuine.rule(), genuine.compiled->secrets.front(), number);
}

Plan other_secret_only(const Genuine& genuine) {
  return with_secrets(genuine, {other(genuine, 0)}, bad_signature);
}

Plan newer_secret(const Genuine& genuine) {
  return with_secrets(genuine, {genuine.compiled->secrets.front(), other(genuine, 0)}, forwarded);
}

Plan older_secret(const Genuine& genuine) {
  return with_secrets(genuine, {other(genuine, 0), genuine.compiled->secrets.front()}, forwarded);
}

Plan third_secret(const Genuine& genuine) {
  return with_secrets(genuine, {other(genuine, 0), other(genuine, 1)}, bad_signature);
}

Plan missing_signature(const Genuine& genuine) {
  Delivery delivery = genuine.delivery;
  const scheme::Locator& place = genuine.rule().from;
  if (place.place == scheme::Place::header) {
    std::erase_if(delivery.headers, [&](const Header& header) {
      return fold_headers({header}).front().name == place.name;
    });
  } else {
    edit_values(place, [](const std::string&) { return std::nullopt; }, delivery);
  }
  return plan_of(genuine, delivery, refused("missing_signature"));
}

Plan empty_signature(const Genuine& genuine) {
  const scheme::Locator& place = genuine.rule().from;
  Delivery delivery = genuine.delivery;
  edit_values(place, [](const std::string&) { return std::string(); }, delivery);
  Plan plan = plan_of(genuine, delivery, refused("malformed_signature"));
  if (place.place == scheme::Place::header) {
    for (Header& header : delivery.headers) {
      if (fold_headers({header}).front().name == place.name) {
        header.value.clear();
      }
    }
    plan.steps.push_back(plan_of(genuine, delivery, refused("malformed_signature")).steps.front());
  }
  return plan;
}

std::size_t decoded_bytes(scheme::Encoding encoding, std::size_t characters) {
  const bool is_hex = encoding == scheme::Encoding::hex || encoding == scheme::Encoding::hex_any;
  return is_hex ? characters / 2 : characters * 3 / 4;
}

/// Of a signature without its end. A token of another length is another token; all else has a
/// length that belongs to the algorithm.
Expected without_its_end(const Genuine& genuine, std::size_t characters) {
  const Algorithm algorithm = genuine.rule().algorithm;
  const bool is_rsa =
      algorithm == Algorithm::rsa_pkcs1_sha1 || algorithm == Algorithm::rsa_pkcs1_sha256;
  const bool may_have_any_length =
      is_rsa && decoded_bytes(genuine.rule().encoding, characters) >= rsa_bytes_min;
  return is_token(genuine) || may_have_any_length ? bad_signature : refused("malformed_signature");
}

PlannedStep truncated_to(const Genuine& genuine, std::size_t kept, Expected expected) {
  Delivery delivery = genuine.delivery;
  edit_values(
      genuine.rule().from, [kept](const std::string& value) { return value.substr(0, kept); },
      delivery);
  return plan_of(genuine, delivery, expected).steps.front();
}

Plan truncated_signature(const Genuine& genuine) {
  // In hex two characters are a byte, in base64 four are three: what is left is well formed.
  constexpr std::size_t unit = 4;
  Plan plan;
  const std::size_t size = values_at(genuine.rule().from, genuine.delivery).front().size();
  for (const std::size_t kept : {(size - 1) / unit * unit, size / 2 / unit * unit}) {
    plan.steps.push_back(truncated_to(genuine, kept, without_its_end(genuine, kept)));
  }
  if (!is_token(genuine)) {  // What is left of a token is a text like any other.
    plan.steps.push_back(truncated_to(genuine, size - 1, refused("malformed_signature")));
  }
  return plan;
}

/// Why a header that came twice is refused. Where its sender writes a blank behind each comma, two
/// are one list, in which something is there twice that may be there once.
std::string_view reason_of_two(const Genuine& genuine) {
  const scheme::Locator& place = genuine.rule().from;
  if (!place.has_blanks || place.separator != ',') {
    return "malformed_signature";
  }
  return genuine.model->scheme.timestamp.from.name == place.name ? "malformed_timestamp"
                                                                 : "malformed_id";
}

Plan repeated_signature(const Genuine& genuine) {
  Delivery delivery = genuine.delivery;
  if (!repeat_place(genuine.rule().from, delivery)) {
    return not_for("its signature stands in the JSON body");
  }
  return plan_of(genuine, delivery, refused(reason_of_two(genuine)));
}

}  // namespace

Expected changed_content(const Genuine& genuine) {
  return genuine.rule().body_hash_query.empty() ? bad_signature : refused("body_hash_mismatch");
}

std::string longer(std::string body) {
  const bool is_form = http::body_form_of(bytes_of(body), body.size()) == http::BodyForm::form;
  return body + (is_form ? "0" : " ");
}

std::vector<Row> signature_cases() {
  return {
      {"changed-body", "One changed character in the body breaks the signature.", changed_body},
      {"longer-body", "A byte behind the signed body breaks the signature.", longer_body},
      {"any-body", "Nothing is signed: whoever knows the token can write any body.", any_body},
      {"other-secret", "A delivery that was signed with another secret is refused.",
       other_secret_only},
      {"missing-signature", "A delivery without a signature is refused before all else.",
       missing_signature},
      {"empty-signature", "An empty signature matches nothing.", empty_signature},
      {"truncated-signature", "The beginning of the right signature is not the right one.",
       truncated_signature},
      {"repeated-signature",
       "A signature that comes twice is refused, since the origin might read the other one.",
       repeated_signature},
      {"newer-secret", "While two secrets are listed, the first is accepted.", newer_secret},
      {"older-secret", "While two secrets are listed, the second is accepted.", older_secret},
      {"third-secret", "While two secrets are listed, no third one is accepted.", third_secret},
  };
}

}  // namespace postern::harness::derive
