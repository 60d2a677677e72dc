#include "harness/wasm/imported_outside.h"

#include <cstddef>

#include "harness/host/frame_writer.h"
#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/base/wire.h"

// What a replay against a running gate asks for, of whoever runs the module. As in
// imported_host.cpp a function that gives bytes gives their length, and `take` copies them.

namespace postern::harness {
namespace {

#define POSTERN_OUTSIDE_IMPORT(name) __attribute__((import_module("outside"), import_name(name)))

extern "C" {

/// Notes where a log ends; of an empty name, that there is none. Does not come back for one that
/// cannot be read.
POSTERN_OUTSIDE_IMPORT("follow")
void import_follow(const char* log, std::size_t log_bytes);

/// The request: text16 method, bytes32 address, u16 number of headers and each as text16 name and
/// bytes32 value, bytes32 body, u32 most milliseconds. The answer: u16 status, headers alike with
/// their names in lower case, bytes32 body, u32 milliseconds. Does not come back where nobody
/// answers.
POSTERN_OUTSIDE_IMPORT("send")
std::int32_t import_send(const char* request, std::size_t request_bytes);

/// The record of the delivery with this reference. Below zero where none came.
POSTERN_OUTSIDE_IMPORT("record")
std::int32_t import_record(const char* delivery, std::size_t delivery_bytes);

POSTERN_OUTSIDE_IMPORT("take")
void import_outside_take(char* output);

/// Unix time in milliseconds.
POSTERN_OUTSIDE_IMPORT("now")
double import_now();

POSTERN_OUTSIDE_IMPORT("pause")
void import_pause(std::uint32_t milliseconds);

/// These do not come back.
POSTERN_OUTSIDE_IMPORT("unreachable")
void import_unreachable(const char* words, std::size_t words_bytes);

POSTERN_OUTSIDE_IMPORT("unreadable")
void import_unreadable(const char* words, std::size_t words_bytes);

}  // extern "C"

std::string taken(std::int32_t length) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  import_outside_take(bytes.data());
  return bytes;
}

std::string encode(const HttpRequest& request) {
  FrameWriter frame;
  frame.text16(request.method);
  frame.bytes32(request.url);
  frame.count16(request.headers.size());
  for (const Header& header : request.headers) {
    frame.text16(header.name);
    frame.bytes32(header.value);
  }
  frame.bytes32(request.body);
  frame.u32(request.timeout_ms);
  return frame.take();
}

HttpResponse decode(const std::string& frame) {
  constexpr std::size_t headers_max = 1000;
  Reader reader(bytes_of(frame));
  HttpResponse response;
  response.status = reader.u16();
  for (std::size_t left = reader.count16(headers_max); left > 0; --left) {
    std::string name(reader.text16());
    response.headers.push_back({std::move(name), std::string(postern::text_of(reader.bytes32()))});
  }
  response.body = postern::text_of(reader.bytes32());
  response.seconds = reader.u32() / 1000.0;
  POSTERN_CHECK(reader.finished());
  return response;
}

class ImportedOutside final : public Outside {
 public:
  void follow(const std::string& log) override { import_follow(log.data(), log.size()); }

  HttpResponse send(const HttpRequest& request) const override {
    const std::string frame = encode(request);
    return decode(taken(import_send(frame.data(), frame.size())));
  }

  std::optional<std::string> record_of(const HttpResponse& answer) const override {
    const std::string delivery = answer.header("postern-delivery");
    const std::int32_t length = import_record(delivery.data(), delivery.size());
    return length < 0 ? std::nullopt : std::optional(taken(length));
  }

  std::int64_t now_ms() const override { return static_cast<std::int64_t>(import_now()); }
  void pause(std::uint32_t milliseconds) const override { import_pause(milliseconds); }

  [[noreturn]] void unreachable(const std::string& words) const override {
    import_unreachable(words.data(), words.size());
    trap();
  }

  [[noreturn]] void unreadable(const std::string& words) const override {
    import_unreadable(words.data(), words.size());
    trap();
  }
};

}  // namespace

Outside& imported_outside() {
  static ImportedOutside outside;
  return outside;
}

}  // namespace postern::harness
