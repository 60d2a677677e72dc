#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/commands/command_line.h"
#include "harness/host/frames.h"

namespace postern::harness {

struct SignOptions {
  std::string provider;
  /// Folder of provider files; empty for the embedded catalogue.
  std::string providers;
  /// Where the secret comes from: never the command line, which other users can read.
  std::string secret_variable;
  std::string secret_file;
  std::string key_file;
  std::optional<std::int64_t> at;  // Unix seconds; absent: now.
  std::int64_t at_seconds = 0;     // Where the option leaves it.
  std::string id;
  std::string url;
  std::string event_type;
  std::string method = "POST";
  bool is_method_given = false;
  std::vector<std::string> headers;  // NAME=VALUE
  /// Print a curl command for this address instead of the headers; empty for none.
  std::string curl;
};

enum class SignForm : std::uint8_t { headers, curl, json };

/// `run_sign` signs standard input and prints what the sender would send. Gives the exit code.
[[nodiscard]] int run_sign(const SignOptions& options, SignForm form);

/// `register_sign` adds `sign` to `line`.
void register_sign(CommandLine& line);

/// `parse_header` reads NAME=VALUE; nothing for another shape.
[[nodiscard]] std::optional<Header> parse_header(const std::string& text);

/// `type_of_body` is what a sender would call JSON or a form, and empty for anything else.
[[nodiscard]] std::string_view type_of_body(const std::string& body);

/// `curl_command` sends the delivery, byte for byte, from a POSIX shell.
[[nodiscard]] std::string curl_command(const Delivery& delivery, const std::string& url);

}  // namespace postern::harness
