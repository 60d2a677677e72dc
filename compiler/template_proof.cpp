#include "compiler/template_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "compiler/part_language.h"

namespace postern::compiler {
namespace {

using scheme::Part;
using scheme::PartKind;
using scheme::Scheme;
using scheme::SignatureRule;

/// Longest content, counted in characters of literals and digits of hashes, that is searched: far
/// longer than any that is known, and a million pairs of places.
constexpr std::size_t places_max = 1024;

/// What an address commonly goes on with.
constexpr std::string_view address_marks = "/?&:";

/// A path has no query, and only an address whose default port may be written has a colon.
bool may_go_on_with(const Part& part, const SignatureRule& rule, char mark) {
  switch (mark) {
    case '?':
      return part.kind == PartKind::url;
    case ':':
      return part.kind == PartKind::url && rule.ports == scheme::PortRule::either;
    default:
      return true;
  }
}

bool is_address(const Part& part) {
  return part.kind == PartKind::url || part.kind == PartKind::path;
}

/// One byte's place in a reading: which bytes it can be, whose it is, and the places of the byte
/// behind it.
struct BytePlace {
  ByteSet bytes;
  std::size_t part = 0;
  bool may_end = false;
  std::vector<std::size_t> next;
};

/// All readings of one rule: a text has one for each way through the places from `first` to one
/// that may end.
class Readings {
 public:
  Readings(const Scheme& scheme, std::size_t rule, unsigned left_out)
      : rule_(rule), left_out_(left_out), content_(scheme.signatures[rule].content) {
    for (const ProvedPart& part : proved_parts(scheme, scheme.signatures[rule], left_out)) {
      add(part);
    }
    for (const std::size_t place : open_) {
      places_[place].may_end = true;
    }
  }

  [[nodiscard]] std::size_t rule() const { return rule_; }
  [[nodiscard]] unsigned left_out() const { return left_out_; }
  [[nodiscard]] bool may_be_empty() const { return may_be_empty_; }
  [[nodiscard]] const std::vector<BytePlace>& places() const { return places_; }
  [[nodiscard]] const std::vector<std::size_t>& first() const { return first_; }
  [[nodiscard]] const Part& part_of(std::size_t place) const {
    return content_[places_[place].part];
  }
  [[nodiscard]] std::span<const Part> content() const { return content_; }
  /// The places that can follow `place`; those that begin for `start`.
  static constexpr std::size_t start = static_cast<std::size_t>(-1);
  [[nodiscard]] const std::vector<std::size_t>& behind(std::size_t place) const {
    return place == start ? first_ : places_[place].next;
  }

  /// What can stand behind the parts that `is_wanted` names.
  template <class Wanted>
  [[nodiscard]] ByteSet behind_parts(Wanted is_wanted) const {
    ByteSet bytes;
    for (const BytePlace& place : places_) {
      for (const std::size_t next : place.next) {
        if (places_[next].part != place.part && is_wanted(content_[place.part])) {
          bytes |= places_[next].bytes;
        }
      }
    }
    return bytes;
  }

 private:
  std::size_t put(const ByteSet& bytes, std::size_t part) {
    places_.push_back({.bytes = bytes, .part = part, .may_end = false, .next = {}});
    return places_.size() - 1;
  }

  void begin(std::size_t place) {
    for (const std::size_t before : open_) {
      places_[before].next.push_back(place);
    }
    if (may_be_empty_) {
      first_.push_back(place);
    }
  }

  void add(const ProvedPart& part) {
    const Language& language = part.language;
    std::vector<std::size_t> ends;
    if (!language.row.empty()) {
      for (std::size_t i = 0; i < language.row.size(); ++i) {
        const std::size_t place = put(language.row[i], part.index);
        if (i == 0) {
          begin(place);
        } else {
          places_[place - 1].next.push_back(place);
        }
      }
      ends = {places_.size() - 1};
      if (!language.has_one_length()) {
        const std::size_t more = put(language.rest, part.index);
        places_[more - 1].next.push_back(more);
        places_[more].next.push_back(more);
        ends.push_back(more);
      }
    } else {
      const std::size_t one = put(language.first, part.index);
      const std::size_t more = put(language.rest, part.index);
      begin(one);
      places_[one].next.push_back(more);
      places_[more].next.push_back(more);
      ends = {one, more};
    }
    if (!language.may_be_empty) {
      open_.clear();
      may_be_empty_ = false;
    }
    open_.insert(open_.end(), ends.begin(), ends.end());
  }

  std::size_t rule_;
  unsigned left_out_;
  std::span<const Part> content_;
  std::vector<BytePlace> places_;
  std::vector<std::size_t> first_;
  /// Places of what was added that the next part can follow, and whether it can come first.
  std::vector<std::size_t> open_;
  bool may_be_empty_ = true;
};

/// Whether two parts are one value of a delivery, so that it is all the same whose a character is.
bool is_same_value(const Part& left, const Part& right) {
  return left.kind == right.kind &&
         (left.kind == PartKind::literal ||
          (left.text == right.text &&
           std::ranges::equal(left.pointer.tokens, right.pointer.tokens)));
}

/// Whether the bodies of two rules that read one text are the same bytes. Of a rule with two of
/// them, which the search takes for one, only a rule that is written alike has the same.
bool has_same_body(const Readings& left, const Readings& right) {
  const auto bodies = [](const Readings& readings) {
    return std::ranges::count(readings.content(), PartKind::body, &Part::kind);
  };
  return (bodies(left) == 1 && bodies(right) == 1) ||
         (left.left_out() == right.left_out() &&
          std::ranges::equal(left.content(), right.content(), [](const Part& a, const Part& b) {
            return is_same_value(a, b) && a.text == b.text && a.optional == b.optional;
          }));
}

/// Follows two readings of one text, byte by byte, through all pairs of places.
class Search {
 public:
  Search(const Readings& left, const Readings& right)
      : left_(left), right_(right), has_same_body_(has_same_body(left, right)) {}

  std::optional<Ambiguity> run() {
    const std::size_t pairs = (left_.places().size() + 1) * (right_.places().size() + 1);
    seen_.resize(2 * pairs);
    // With and without an optional stretch, a text says two things, whatever its characters are.
    const bool are_apart = left_.rule() == right_.rule() && left_.left_out() != right_.left_out();
    steps_.push_back({.left = Readings::start, .right = Readings::start, .are_apart = are_apart});
    for (std::size_t at = 0; at < steps_.size(); ++at) {
      const Step step = steps_[at];
      if (step.are_apart && may_end(left_, step.left) && may_end(right_, step.right)) {
        return tell(at);
      }
      for (const std::size_t left : left_.behind(step.left)) {
        for (const std::size_t right : right_.behind(step.right)) {
          go(at, left, right);
        }
      }
    }
    return std::nullopt;
  }

 private:
  struct Step {
    std::size_t left = 0;
    std::size_t right = 0;
    std::size_t before = 0;
    bool are_apart = false;
  };

  [[nodiscard]] static bool may_end(const Readings& readings, std::size_t place) {
    return place == Readings::start ? readings.may_be_empty() : readings.places()[place].may_end;
  }

  /// Whose the last byte of both readings is.
  [[nodiscard]] bool is_told_apart(std::size_t left, std::size_t right) const {
    const Part& part = left_.part_of(left);
    return left_.rule() == right_.rule() ? left_.places()[left].part != right_.places()[right].part
                                         : !is_same_value(part, right_.part_of(right)) ||
                                               (part.kind == PartKind::body && !has_same_body_);
  }

  /// Both are in the source's address, which is what it is: no reading ends it earlier.
  [[nodiscard]] bool leaves_address(const Step& step, std::size_t left, std::size_t right) const {
    if (step.are_apart || step.left == Readings::start || !is_address(left_.part_of(step.left))) {
      return false;
    }
    const bool left_stays = left_.places()[left].part == left_.places()[step.left].part;
    const bool right_stays = right_.places()[right].part == right_.places()[step.right].part;
    return left_stays != right_stays;
  }

  void go(std::size_t at, std::size_t left, std::size_t right) {
    const Step& step = steps_[at];
    if ((left_.places()[left].bytes & right_.places()[right].bytes).none() ||
        leaves_address(step, left, right)) {
      return;
    }
    const bool are_apart = step.are_apart || is_told_apart(left, right);
    const std::size_t number =
        2 * (left * (right_.places().size() + 1) + right) + (are_apart ? 1 : 0);
    if (!seen_[number]) {
      seen_[number] = true;
      steps_.push_back({.left = left, .right = right, .before = at, .are_apart = are_apart});
    }
  }

  [[nodiscard]] char byte_of(const Step& step) const {
    const ByteSet both = left_.places()[step.left].bytes & right_.places()[step.right].bytes;
    for (const char c : std::string_view("a1./:{A-h ")) {
      if (both[static_cast<unsigned char>(c)]) {
        return c;
      }
    }
    std::size_t byte = 0;
    while (!both[byte]) {
      ++byte;
    }
    return byte == secret_symbol ? '*' : static_cast<char>(byte);
  }

  [[nodiscard]] Ambiguity tell(std::size_t at) const {
    Ambiguity found;
    found.rule = left_.rule();
    found.other_rule = right_.rule();
    if (left_.left_out() != right_.left_out()) {
      found.part = "a stretch that is there";
      found.other_part = "what stands behind one that is left out";
    }
    for (; at != 0; at = steps_[at].before) {
      const Step& step = steps_[at];
      found.example.insert(found.example.begin(), byte_of(step));
      if (is_told_apart(step.left, step.right)) {
        found.part = show_part(left_.part_of(step.left));  // The last to be told is the first.
        found.other_part = show_part(right_.part_of(step.right));
      }
    }
    return found;
  }

  const Readings& left_;
  const Readings& right_;
  bool has_same_body_;
  std::vector<bool> seen_;
  std::deque<Step> steps_;
};

/// The readings of a rule with and without each optional stretch of its content.
std::vector<Readings> all_readings(const Scheme& scheme, std::size_t rule) {
  unsigned optionals = 0;
  for (const Part& part : scheme.signatures[rule].content) {
    optionals = std::max(optionals, unsigned{part.optional});
  }
  std::vector<Readings> all;
  for (unsigned left_out = 0; left_out < 1U << optionals; ++left_out) {
    all.emplace_back(scheme, rule, left_out);
  }
  return all;
}

/// What follows an address must not be what addresses go on with.
std::optional<Ambiguity> find_open_address(const Readings& readings, const SignatureRule& rule) {
  for (const Part& part : rule.content) {
    if (!is_address(part)) {
      continue;
    }
    for (const BytePlace& place : readings.places()) {
      for (const std::size_t next : place.next) {
        const BytePlace& behind = readings.places()[next];
        const bool is_mark = std::ranges::any_of(address_marks, [&](char c) {
          return may_go_on_with(part, rule, c) && behind.bytes[static_cast<unsigned char>(c)];
        });
        if (&rule.content[place.part] == &part && behind.part != place.part && is_mark) {
          return Ambiguity{.rule = readings.rule(),
                           .other_rule = readings.rule(),
                           .part = show_part(part),
                           .other_part = show_part(rule.content[behind.part]),
                           .example = {}};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Ambiguity> find_ambiguity(const Scheme& scheme) {
  std::vector<Readings> all;
  for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
    std::size_t places_count = 0;
    for (const Readings& readings : all_readings(scheme, i)) {
      places_count = std::max(places_count, readings.places().size());
      if (auto found = find_open_address(readings, scheme.signatures[i]); found.has_value()) {
        return found;
      }
      all.push_back(readings);
    }
    if (places_count > places_max) {
      return Ambiguity{.rule = i,
                       .other_rule = i,
                       .part = "a content",
                       .other_part = fmt::format("one of more than {} characters", places_max),
                       .example = {}};
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      // A key of another algorithm signs nothing that this one reads.
      if (scheme.signatures[all[i].rule()].algorithm !=
          scheme.signatures[all[j].rule()].algorithm) {
        continue;
      }
      if (auto found = Search(all[j], all[i]).run(); found.has_value()) {
        return found;
      }
    }
  }
  return std::nullopt;
}

CharacterSet id_alphabet_of(const Scheme& scheme) {
  CharacterSet alphabet;
  if (scheme.id.place == scheme::Place::none) {
    return alphabet;
  }
  ByteSet bytes = visible_bytes();
  for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
    const auto is_id = [](const Part& part) { return part.kind == PartKind::id; };
    const auto is_open = [&](const Part& part) { return is_id(part) && part.alphabet.is_empty(); };
    Scheme open = scheme;
    open.id_alphabet.add('a');  // Any: what follows does not depend on it.
    for (const Readings& readings : all_readings(open, i)) {
      bytes &= ~readings.behind_parts(is_open);
    }
    for (const Part& part : scheme.signatures[i].content) {
      for (std::size_t byte = 0; is_id(part) && !part.alphabet.is_empty() && byte < 128; ++byte) {
        bytes[byte] = bytes[byte] && part.alphabet.has(static_cast<char>(byte));
      }
    }
  }
  for (std::size_t byte = 0; byte < 128; ++byte) {
    if (bytes[byte]) {
      alphabet.add(static_cast<char>(byte));
    }
  }
  return alphabet;
}

ByteSet behind_address(const Scheme& scheme, PartKind kind) {
  ByteSet bytes;
  for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
    for (const Readings& readings : all_readings(scheme, i)) {
      bytes |= readings.behind_parts([&](const Part& part) { return part.kind == kind; });
    }
  }
  return bytes;
}

}  // namespace postern::compiler
