#include "compiler/reply_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/acknowledgement_reader.h"
#include "compiler/locator_reader.h"
#include "postern/http/header_rules.h"
#include "postern/policy/policy.h"
#include "postern/scheme/challenge.h"

namespace postern::compiler {
namespace {

using scheme::Locator;
using scheme::Place;
using scheme::ReplyPart;
using scheme::ReplyPartKind;

constexpr std::string_view reply_hint =
    "known parts of a reply: {field:POINTER} {query:NAME} {header:NAME}, {hmac:hex:...} and "
    "{hmac:base64:...} of one of them, {parameter:NAME}; a brace is {{ or }}";

/// Headers of an answer that are the gate's, the host's, or that do more than tell a sender
/// something; names, and beginnings of names.
constexpr std::array<std::string_view, 17> own_headers = {"x-content-type-options",
                                                          "retry-after",
                                                          "set-cookie",
                                                          "location",
                                                          "refresh",
                                                          "link",
                                                          "clear-site-data",
                                                          "date",
                                                          "server",
                                                          "vary",
                                                          "age",
                                                          "connection",
                                                          "keep-alive",
                                                          "te",
                                                          "trailer",
                                                          "upgrade",
                                                          "transfer-encoding"};
constexpr std::array<std::string_view, 4> own_prefixes = {"postern-", "content-", "proxy-",
                                                          "access-control-"};

bool take(std::string_view& text, std::string_view beginning) {
  const bool begins = text.starts_with(beginning);
  text.remove_prefix(begins ? beginning.size() : 0);
  return begins;
}

/// Where `field:POINTER`, `query:NAME` or `header:NAME` leads; nowhere for anything else.
Locator read_place(std::string_view word, Storage& storage) {
  Locator at;
  if (take(word, "field:")) {
    const auto pointer = read_pointer(word, storage);
    if (pointer.has_value() && !pointer->tokens.empty()) {
      at.place = Place::body;
      at.pointer = *pointer;
      at.has_pointer = true;
    }
  } else if (take(word, "query:")) {
    at.place = word.empty() ? Place::none : Place::query;
    at.name = storage.text(std::string(word));
  } else if (take(word, "header:")) {
    at.place = is_header_name(word) ? Place::header : Place::none;
    at.name = storage.text(lower_case(std::string(word)));
  }
  return at;
}

/// Reads the template at `key`, whose parts belong to `header`.
class ReplyTemplate {
 public:
  ReplyTemplate(TableReader& reader, std::string_view key, std::string_view header,
                Parameters& parameters, Storage& storage)
      : reader_(reader), key_(key), header_(header), parameters_(parameters), storage_(storage) {}

  void read(std::vector<ReplyPart>& parts) {
    for (const TemplatePiece& piece : split_template(reader_, key_, reply_hint)) {
      ReplyPart part{.header = header_};
      if (!piece.is_word) {
        part.text = storage_.text(piece.text);
      } else if (!read_word(piece.text, part)) {
        return;
      }
      parts.push_back(part);
    }
  }

 private:
  bool read_word(std::string_view word, ReplyPart& part) {
    std::string_view rest = word;
    if (take(rest, "parameter:")) {
      const auto number = find_parameter(parameters_, rest, reader_.place(key_), reader_.report());
      if (number.has_value()) {
        part.kind = ReplyPartKind::parameter;
        part.parameter = *number;
        parameters_[*number].is_told = true;
      }
      return number.has_value();
    }
    part.kind = take(rest, "hmac:hex:")      ? ReplyPartKind::hmac_hex
                : take(rest, "hmac:base64:") ? ReplyPartKind::hmac_base64
                                             : ReplyPartKind::value;
    part.at = read_place(rest, storage_);
    if (part.at.place == Place::none) {
      reader_.error(key_, "bad-template", fmt::format("`{}` has no part `{{{}}}`", key_, word),
                    std::string(reply_hint));
      return false;
    }
    return true;
  }

  TableReader& reader_;
  std::string_view key_;
  std::string_view header_;
  Parameters& parameters_;
  Storage& storage_;
};

bool is_own_header(std::string_view name) {
  return std::ranges::find(own_headers, name) != own_headers.end() ||
         std::ranges::any_of(own_prefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

void read_headers_of(TableReader& reader, std::vector<ReplyPart>& parts, Parameters& parameters,
                     Storage& storage) {
  const toml::table* table = reader.table("headers");
  if (table == nullptr) {
    return;
  }
  TableReader headers(*table, "a reply's headers", reader.report());
  for (const auto& [key, node] : *table) {
    const std::string name(key.str());
    const bool is_plain =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (name.empty() || name.size() > policy::name_bytes_max || !is_plain || is_own_header(name)) {
      headers.error(name, "bad-reply-header", fmt::format("`{}` is no header of a reply", name),
                    "a name of the sender's own, of a-z, 0-9 and \"-\"");
    }
    const std::size_t before = parts.size();
    ReplyTemplate(headers, name, storage.text(name), parameters, storage).read(parts);
    const bool is_line =
        std::ranges::all_of(parts.begin() + static_cast<std::ptrdiff_t>(before), parts.end(),
                            [](const ReplyPart& part) { return http::is_header_text(part.text); });
    if (!is_line) {
      headers.error(name, "bad-reply-header", "a header is one line of visible ASCII", "");
    }
  }
  headers.finish();
}

/// A charset decides what the characters of a token mean: in UTF-7 they are a page.
void check_reply_type(TableReader& reader, const scheme::Challenge& challenge) {
  constexpr std::string_view charset = "; charset=utf-8";
  std::string_view type = challenge.content_type;
  type.remove_suffix(type.ends_with(charset) ? charset.size() : 0);
  const bool has_body = std::ranges::any_of(
      challenge.reply, [](const ReplyPart& part) { return part.header.empty(); });
  if (type.empty() ? has_body : !is_media_type(type)) {
    reader.error("content_type", "bad-media-type", "this is not a plain media type",
                 "a type and a subtype in lower case, `; charset=utf-8` behind it or nothing; "
                 "\"\" only for a reply without a body");
  }
  if (challenge.method == "HEAD" && (has_body || !type.empty())) {
    reader.error("body", "head-with-body", "what answers a HEAD has no body (RFC 9110, 9.3.2)",
                 R"(content_type = "" and body = "")");
  }
}

}  // namespace

void read_reply(TableReader& parent, scheme::Challenge& challenge, Parameters& parameters,
                Storage& storage) {
  const toml::table* reply = parent.table("reply");
  if (reply == nullptr) {
    if (!parent.has("reply")) {
      parent.report().error(parent.here(), "missing-key", "a challenge needs `reply`",
                            "reply = { status = 200, body = \"{field:/challenge}\" }");
    }
    return;
  }
  TableReader reader(*reply, "a reply", parent.report());
  challenge.status = static_cast<std::uint16_t>(reader.integer("status", 200, 299).value_or(200));
  challenge.content_type = storage.text(reader.text("content_type").value_or("text/plain"));
  std::vector<ReplyPart> parts;
  ReplyTemplate(reader, "body", {}, parameters, storage).read(parts);
  read_headers_of(reader, parts, parameters, storage);
  if (parts.size() > scheme::reply_parts_max) {
    parent.error("reply", "too-many",
                 fmt::format("a reply has more than {} parts", scheme::reply_parts_max), "");
    parts.clear();
  }
  challenge.reply = storage.list(std::move(parts));
  if (!echoes_safely(challenge)) {
    reader.error("body", "unsafe-echo", "what is sent back could be a page of whoever asks",
                 "hold each value that it sends back to `token = true` in `when`, or reply "
                 "as content_type = \"text/plain\"; what stands in a header, or is signed, is "
                 "held to it always");
  }
  check_reply_type(reader, challenge);
  reader.finish();
}

}  // namespace postern::compiler
