#include "postern/json/extract.h"

#include <algorithm>
#include <bit>

#include "postern/base/check.h"
#include "postern/base/work.h"
#include "postern/encoding/utf8.h"
#include "postern/json/scan.h"
#include "postern/json/text.h"

namespace postern::json {
namespace {

/// A set of pointers: bit i is `pointers[i]`.
using PointerSet = std::uint16_t;
static_assert(sizeof(PointerSet) * 8 == pointers_max);

/// Calls `visit(i)` for every pointer i of `set`, lowest first.
template <class Visit>
void for_each(PointerSet set, Visit visit) {
  for (; set != 0; set = static_cast<PointerSet>(set & (set - 1))) {
    visit(static_cast<std::size_t>(std::countr_zero(set)));
  }
}

constexpr PointerSet only(std::size_t i) { return static_cast<PointerSet>(1U << i); }

/// An open container that lies on the path of a pointer.
struct Level {
  PointerSet ending = 0;    // Those that lead to this container.
  PointerSet passing = 0;   // Those that may lead to one of its members.
  PointerSet seen = 0;      // In an object, those of `passing` whose member was there.
  std::uint64_t index = 0;  // In an array, the number of elements before the next one.
};

/// Follows the pointers while the walk goes through the text. The walk tells it of members,
/// elements and values only inside containers on the path of a pointer; all else costs it one
/// comparison.
///
///   pointers /a/b and /a     {"x": {...}, "a": {"b": 1}}
///   level 1, passing both ───┘            └─ level 2, ending /a, passing /a/b
class Track {
 public:
  Track(std::span<const Pointer> pointers, std::span<Value> values, Arena& arena)
      : pointers_(pointers), values_(values) {
    POSTERN_CHECK(pointers.size() <= pointers_max && values.size() == pointers.size());
    std::size_t tokens_most = 0;
    for (std::size_t i = 0; i < pointers.size(); ++i) {
      values[i] = {.type = Type::absent, .raw = {}};
      next_ = static_cast<PointerSet>(next_ | only(i));
      tokens_most = std::max(tokens_most, pointers[i].tokens.size());
    }
    levels_ = arena.make_array<Level>(std::min(tokens_most + 1, depth_max));
    wanted_ = arena.make_array<std::uint64_t>(pointers.size());
  }

  /// `follows` says whether the container at `depth` is on a path; `depth` is that of the walk, at
  /// least 1.
  [[nodiscard]] bool follows(std::size_t depth) const { return depth == depth_; }

  /// `awaits` says whether the value that comes next is on a path.
  [[nodiscard]] bool awaits() const { return next_ != 0; }

  /// `member` chooses the pointers that the next value is for, by its name.
  /// Refuses: `duplicate_key`, `invalid_utf8` as `extract`.
  [[nodiscard]] Result<void, Fault> member(std::string_view raw_name);

  /// `element` chooses the pointers that the next value is for, by its place in the array.
  void element();

  /// `scalar` gives a value that is no container to the pointers that it is for.
  /// Refuses: `invalid_utf8` for a string without one meaning.
  [[nodiscard]] Result<void, Fault> scalar(Type type, std::string_view raw);

  /// `open` and `close` take the first byte of a container and the position behind its last.
  void open(Type type, At at);
  void close(At end);

 private:
  [[nodiscard]] bool ends_here(std::size_t i) const { return pointers_[i].tokens.size() == depth_; }
  [[nodiscard]] Level& level() { return levels_[depth_ - 1]; }
  [[nodiscard]] std::string_view token(std::size_t i) const {
    return pointers_[i].tokens[depth_ - 1];
  }

  std::span<const Pointer> pointers_;
  std::span<Value> values_;
  std::span<Level> levels_;          // One per open container on a path, outermost first.
  std::span<std::uint64_t> wanted_;  // The element that a pointer wants of the array it is in.
  std::size_t depth_ = 0;            // Open containers on a path. They are the outermost ones.
  PointerSet next_ = 0;              // Those whose path so far is that of the next value.
};

Result<void, Fault> Track::member(std::string_view raw_name) {
  next_ = 0;
  if (level().passing == 0) {
    return {};
  }
  const bool has_escapes = raw_name.find('\\') != raw_name.npos;
  if (has_escapes && !has_one_meaning(raw_name)) {
    return refuse(Fault::invalid_utf8);
  }
  PointerSet same = 0;
  for_each(level().passing, [&](std::size_t i) {
    if (has_escapes ? unescapes_to(raw_name, token(i)) : raw_name == token(i)) {
      same = static_cast<PointerSet>(same | only(i));
    }
  });
  if ((same & level().seen) != 0) {
    return refuse(Fault::duplicate_key);
  }
  level().seen = static_cast<PointerSet>(level().seen | same);
  next_ = same;
  return {};
}

void Track::element() {
  const std::uint64_t index = level().index++;
  next_ = 0;
  for_each(level().passing, [&](std::size_t i) {
    if (wanted_[i] == index) {
      next_ = static_cast<PointerSet>(next_ | only(i));
    }
  });
  // A pointer enters one element only, so `wanted_` is free for the arrays inside of it.
  level().passing = static_cast<PointerSet>(level().passing & ~next_);
}

Result<void, Fault> Track::scalar(Type type, std::string_view raw) {
  PointerSet taking = 0;
  for_each(next_, [&](std::size_t i) {
    if (ends_here(i)) {
      values_[i] = {.type = type, .raw = raw};
      taking = static_cast<PointerSet>(taking | only(i));
    }
  });
  next_ = 0;
  if (taking != 0 && type == Type::string && !has_one_meaning(raw)) {
    return refuse(Fault::invalid_utf8);
  }
  return {};
}

void Track::open(Type type, At at) {
  Level opened;
  for_each(next_, [&](std::size_t i) {
    if (ends_here(i)) {
      values_[i] = {.type = type, .raw = {at, 0}};
      opened.ending = static_cast<PointerSet>(opened.ending | only(i));
      return;
    }
    if (type == Type::array) {
      const auto index = canonical_integer(pointers_[i].tokens[depth_]);
      if (!index.has_value()) {
        return;
      }
      wanted_[i] = *index;
    }
    opened.passing = static_cast<PointerSet>(opened.passing | only(i));
  });
  next_ = 0;
  ++depth_;
  level() = opened;
}

void Track::close(At end) {
  for_each(level().ending, [&](std::size_t i) {
    const At start = values_[i].raw.data();
    values_[i].raw = {start, static_cast<std::size_t>(end - start)};
  });
  --depth_;
}

/// The walk through the text: an explicit stack of one bit per level, no recursion. The steps take
/// a position and give the next one, or null after a refusal.
class Walk {
 public:
  Walk(Bytes body, Track& track)
      : begin_(text_of(body).data()), end_(begin_ + body.size()), track_(track) {}

  [[nodiscard]] Result<void, Fault> whole();

 private:
  At refused(Fault fault) {
    fault_ = fault;
    return nullptr;
  }

  [[nodiscard]] bool in_object() const { return (objects_ & 1) != 0; }

  At value(At at);
  At after_value(At at);
  At open(At at);
  At close(At at);
  At member(At at);
  At element(At at);
  At scalar(At at);
  At string(At at);

  At begin_;
  At end_;
  Track& track_;
  std::uint64_t objects_ = 0;  // The innermost container is the lowest bit: 1 object, 0 array.
  std::size_t depth_ = 0;
  bool value_follows_ = true;       // Otherwise a value has just ended.
  Fault fault_ = Fault::malformed;  // Of an empty body too.
};
static_assert(depth_max == 64, "One bit of a word per level.");

Result<void, Fault> Walk::whole() {
  At at = skip_space(begin_, end_);
  while (at != nullptr && (value_follows_ || depth_ > 0)) {
    at = value_follows_ ? value(at) : after_value(at);
  }
  if (at == nullptr) {
    return refuse(fault_);
  }
  if (skip_space(at, end_) != end_) {
    return refuse(Fault::trailing_bytes);
  }
  return {};
}

inline At Walk::value(At at) {
  if (at == end_) {
    return refused(Fault::malformed);
  }
  return *at == '{' || *at == '[' ? open(at) : scalar(at);
}

inline At Walk::after_value(At at) {
  at = skip_space(at, end_);
  if (at == end_) {
    return refused(Fault::malformed);
  }
  if (*at == ',') {
    at = skip_space(at + 1, end_);
    return in_object() ? member(at) : element(at);
  }
  return *at == (in_object() ? '}' : ']') ? close(at) : refused(Fault::malformed);
}

inline At Walk::open(At at) {
  if (depth_ == depth_max) {
    return refused(Fault::too_deep);
  }
  const bool is_object = *at == '{';
  if (track_.awaits()) {
    track_.open(is_object ? Type::object : Type::array, at);
  }
  objects_ = objects_ << 1 | (is_object ? 1U : 0U);
  ++depth_;
  at = skip_space(at + 1, end_);
  if (at != end_ && *at == (is_object ? '}' : ']')) {
    return close(at);
  }
  return is_object ? member(at) : element(at);
}

inline At Walk::close(At at) {
  if (track_.follows(depth_)) {
    track_.close(at + 1);
  }
  objects_ >>= 1;
  --depth_;
  value_follows_ = false;
  return at + 1;
}

/// Reads a member up to its value.
inline At Walk::member(At at) {
  if (at == end_ || *at != '"') {
    return refused(Fault::malformed);
  }
  const At name = at + 1;
  at = string(name);
  if (at == nullptr) {
    return nullptr;
  }
  if (track_.follows(depth_)) {
    const auto chosen = track_.member({name, at - 1});
    if (!chosen.has_value()) {
      return refused(chosen.error());
    }
  }
  at = skip_space(at, end_);
  if (at == end_ || *at != ':') {
    return refused(Fault::malformed);
  }
  value_follows_ = true;
  return skip_space(at + 1, end_);
}

inline At Walk::element(At at) {
  if (track_.follows(depth_)) {
    track_.element();
  }
  value_follows_ = true;
  return at;
}

inline At Walk::scalar(At at) {
  Type type = Type::number;
  At end = nullptr;
  switch (*at) {
    case '"':
      type = Type::string;
      end = string(at + 1);
      break;
    case 't':
      type = Type::boolean;
      end = skip_word(at, end_, "true");
      break;
    case 'f':
      type = Type::boolean;
      end = skip_word(at, end_, "false");
      break;
    case 'n':
      type = Type::null;
      end = skip_word(at, end_, "null");
      break;
    default:
      end = skip_number(at, end_);
  }
  if (end == nullptr) {
    return nullptr;
  }
  value_follows_ = false;
  if (!track_.awaits()) {
    return end;
  }
  const std::string_view raw =
      type == Type::string ? std::string_view(at + 1, end - 1) : std::string_view(at, end);
  const auto taken = track_.scalar(type, raw);
  return taken.has_value() ? end : refused(taken.error());
}

/// Reads a string from behind its opening quote to behind its closing one.
inline At Walk::string(At at) {
  for (;;) {
    at = skip_text(at, end_);
    if (at == end_) {
      return refused(Fault::malformed);
    }
    if (*at == '"') {
      return at + 1;
    }
    if (!is_ascii(*at)) {
      at = encoding::skip_characters(at, end_);
      if (at == nullptr) {
        return refused(Fault::invalid_utf8);
      }
      continue;
    }
    at = *at == '\\' ? skip_escape(at, end_) : nullptr;
    if (at == nullptr) {
      return refused(Fault::malformed);
    }
  }
}

}  // namespace

Result<void, Fault> extract(Bytes body, std::span<const Pointer> pointers, std::span<Value> values,
                            Arena& arena) {
  POSTERN_WORK(body.size());
  Track track(pointers, values, arena);
  return Walk(body, track).whole();
}

}  // namespace postern::json
