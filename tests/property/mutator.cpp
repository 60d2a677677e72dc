#include "property/mutator.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "harness/host/text_forms.h"
#include "property/scheme_table.h"

namespace postern::property {
namespace {

using harness::Delivery;
using harness::Header;

/// The header line of that name, or null.
Header* find(Delivery& delivery, const std::string& name) {
  const auto found = std::ranges::find_if(
      delivery.headers, [&](const Header& header) { return same_name(header.name, name); });
  return found == delivery.headers.end() ? nullptr : &*found;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The same bytes in the other alphabet of base64.
void turn_alphabet(std::string& text) {
  for (char& c : text) {
    c = c == '+' ? '-' : c == '/' ? '_' : c == '-' ? '+' : c == '_' ? '/' : c;
  }
}

}  // namespace

std::string Mutator::mutate(Sample& sample, const std::vector<std::string>& headers,
                            std::span<const Sample> others) {
  // One change shows most; several reach what one alone cannot.
  const std::size_t changes = below(8) < 6 ? 1 : 2 + below(2);
  std::string done;
  for (std::size_t i = 0; i < changes; ++i) {
    done += (done.empty() ? "" : ", ") + mutate_once(sample, headers, others);
  }
  return done;
}

std::string Mutator::mutate_once(Sample& sample, const std::vector<std::string>& headers,
                                 std::span<const Sample> others) {
  const std::size_t choice = below(100);
  if (choice < 35) {
    return "body: " + mutate_body(sample.delivery.body);
  }
  if (choice < 83) {
    // What proves may stand in the query or the body, and in no header.
    return !headers.empty()                 ? mutate_proof(sample.delivery, headers)
           : !sample.delivery.query.empty() ? "query: " + mutate_text(sample.delivery.query)
                                            : "body: " + mutate_body(sample.delivery.body);
  }
  if (choice < 90) {
    return mutate_request(sample);
  }
  if (choice < 98) {
    return transplant(sample, headers, others);
  }
  return change_other_header(sample.delivery, headers);
}

std::string Mutator::mutate_body(std::string& body) {
  const std::size_t at = body.empty() ? 0 : below(body.size());
  const auto any_byte = [&] { return static_cast<char>(below(256)); };
  switch (body.empty() ? 3 : below(10)) {
    case 0:
      body[at] = static_cast<char>(static_cast<unsigned char>(body[at]) ^ (1U << below(8)));
      return "bit";
    case 1:
      body[at] = any_byte();
      return "byte";
    case 2:
      body.erase(at, 1 + below(4));
      return "delete";
    case 3:
      body.insert(body.begin() + static_cast<std::ptrdiff_t>(at), any_byte());
      return "insert";
    case 4:
      body.resize(at);
      return "truncate";
    case 5:
      body.push_back(any_byte());
      return "append";
    case 6: {
      constexpr std::array<std::string_view, 6> ends = {" ", "\n", "\r\n", "\t", "&a=b", "}"};
      body += ends[below(ends.size())];
      return "end";
    }
    case 7:
      body.insert(0, below(2) == 0 ? "\xEF\xBB\xBF" : " ");
      return "begin";
    case 8:
      std::swap(body[at], body[below(body.size())]);
      return "swap";
    default:
      body.insert(at, body.substr(below(body.size()), 1 + below(32)));
      return "repeat";
  }
}

std::string Mutator::mutate_proof(Delivery& delivery, const std::vector<std::string>& headers) {
  const std::string& name = headers[below(headers.size())];
  Header* header = find(delivery, name);
  if (header == nullptr) {
    delivery.headers.push_back({name, std::to_string(below(100000))});
    return name + ": add";
  }
  switch (below(10)) {
    case 0:
      std::erase_if(delivery.headers, [&](const Header& h) { return same_name(h.name, name); });
      return name + ": remove";
    case 1: {
      Header second = *header;
      if (below(2) == 0) {
        static_cast<void>(mutate_text(second.value));
      }
      const auto place = below(2) == 0 ? delivery.headers.begin() : delivery.headers.end();
      delivery.headers.insert(place, second);
      return name + ": twice";
    }
    case 2:
    case 3:
      return name + ": " + respell(header->value);
    case 4:
    case 5:
      return name + ": " + change_list(header->value);
    case 6:
      return name + ": " + change_number(header->value);
    default:
      return name + ": " + mutate_text(header->value);
  }
}

std::string Mutator::mutate_text(std::string& text) {
  const std::size_t at = text.empty() ? 0 : below(text.size());
  const auto any_character = [&] {
    return static_cast<char>(below(16) == 0 ? below(256) : 0x20 + below(0x5F));
  };
  switch (text.empty() ? 2 : below(7)) {
    case 0:
      text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << below(8)));
      return "bit";
    case 1:
      text[at] = any_character();
      return "character";
    case 2:
      text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), any_character());
      return "insert";
    case 3:
      text.erase(at, 1);
      return "delete";
    case 4:
      text.resize(at);
      return "truncate";
    case 5:
      text.push_back(any_character());
      return "append";
    default:
      text.erase(0, 1 + below(8));
      return "cut the start";
  }
}

/// The same value in another spelling, as far as a lenient reader is concerned.
std::string Mutator::respell(std::string& text) {
  switch (below(9)) {
    case 0:
      std::ranges::transform(text, text.begin(),
                             [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      return "upper case";
    case 1:
      for (char& c : text) {
        const auto letter = static_cast<unsigned char>(c);
        c = below(4) == 0 ? static_cast<char>(std::isupper(letter) != 0 ? std::tolower(letter)
                                                                        : std::toupper(letter))
                          : c;
      }
      return "mixed case";
    case 2:
      turn_alphabet(text);
      return "other alphabet";
    case 3:
      while (text.ends_with('=')) {
        text.pop_back();
      }
      return "no padding";
    case 4:
      text += "=";
      return "more padding";
    case 5:
      text.insert(below(text.size() + 1), below(2) == 0 ? " " : "\t");
      return "space inside";
    case 6: {
      const auto bytes = harness::from_base64(text);
      text = bytes.has_value() ? harness::to_hex(*bytes) : harness::to_base64(text);
      return "other encoding";
    }
    case 7:
      text.insert(0, text.substr(0, std::min(text.find_first_of("=, ") + 1, text.size())));
      return "prefix twice";
    default:
      text = "\"" + text + "\"";
      return "quoted";
  }
}

/// Adds, repeats and reorders what stands between separators.
std::string Mutator::change_list(std::string& text) {
  const char separator = text.contains(' ') || below(3) == 0 ? ' ' : ',';
  std::vector<std::string> items;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(separator, from), text.size());
    items.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  std::string item = items[below(items.size())];
  const std::size_t choice = below(5);
  if (choice == 0) {
    items.push_back(item);
  } else if (choice == 1) {
    static_cast<void>(mutate_text(item));
    items.insert(items.begin(), item);
  } else if (choice == 2) {
    std::ranges::reverse(items);
    items.push_back("v1=0");
  } else if (choice == 3) {
    items.resize(items.size() + 1 + below(20), item);
    static_cast<void>(mutate_text(items.front()));
  } else {
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(below(items.size())));
  }
  text.clear();
  for (const std::string& one : items) {
    text += (text.empty() ? "" : std::string(1, separator)) + one;
  }
  return "list";
}

/// Changes the first run of digits, where a time would stand.
std::string Mutator::change_number(std::string& text) {
  const auto first = std::ranges::find_if(text, is_digit);
  const auto last = std::find_if_not(first, text.end(), is_digit);
  const std::string digits(first, last);
  if (digits.empty() || digits.size() > 15) {
    return mutate_text(text);
  }
  const std::int64_t number = std::stoll(digits);
  const std::array<std::string, 10> spellings = {std::to_string(number + 1),
                                                 std::to_string(number - 1),
                                                 "0" + digits,
                                                 "+" + digits,
                                                 "-" + digits,
                                                 digits + ".0",
                                                 digits + "000",
                                                 digits + "e0",
                                                 std::to_string(number ^ 1024),
                                                 std::to_string(number + 86400)};
  text.replace(first, last, spellings[below(spellings.size())]);
  return "number";
}

std::string Mutator::mutate_request(Sample& sample) {
  Delivery& delivery = sample.delivery;
  switch (below(6)) {
    case 0: {
      constexpr std::array<std::string_view, 5> methods = {"GET", "PUT", "DELETE", "post", "HEAD"};
      delivery.method = methods[below(methods.size())];
      return "method";
    }
    case 1: {
      constexpr std::array<std::string_view, 4> ends = {"/", "%2e", ";x", "//"};
      delivery.path += ends[below(ends.size())];
      return "path";
    }
    case 2:
      delivery.transport = harness::Transport::plain;
      return "plain http";
    case 3:
      sample.at_ms += 1000 * (86400 * 4 + below(100000));
      return "late";
    case 4:
      sample.at_ms -= 1000 * (86400 * 4 + below(100000));
      return "early";
    default:
      delivery.query += below(2) == 0 ? "a=1" : "&bodySHA256=" + std::string(64, '0');
      return "query";
  }
}

std::string Mutator::transplant(Sample& sample, const std::vector<std::string>& headers,
                                std::span<const Sample> others) {
  const Sample& other = others[below(others.size())];
  if (headers.empty() || below(3) == 0) {
    sample.delivery.body = other.delivery.body;
    return "body of another";
  }
  const std::string& name = headers[below(headers.size())];
  Delivery from = other.delivery;
  const Header* theirs = find(from, name);
  Header* ours = find(sample.delivery, name);
  if (theirs == nullptr || ours == nullptr) {
    return mutate_body(sample.delivery.body);
  }
  ours->value = theirs->value;
  return name + " of another";
}

/// What no scheme signs: such a delivery is still genuine.
std::string Mutator::change_other_header(Delivery& delivery,
                                         const std::vector<std::string>& headers) {
  for (Header& header : delivery.headers) {
    const bool proves = std::ranges::any_of(
        headers, [&](const std::string& name) { return same_name(name, header.name); });
    if (!proves && below(2) == 0) {
      return header.name + ": " + mutate_text(header.value);
    }
  }
  delivery.headers.push_back({"x-extra-" + std::to_string(below(1000)), "1"});
  return "extra header";
}

}  // namespace postern::property
