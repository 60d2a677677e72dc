#include "harness/host/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace postern::harness {
namespace {

constexpr std::size_t read_bytes_max = std::size_t{64} << 10;

/// A file that is open as long as this lives. Standard input is not closed.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      // A socket that is standard input cannot be opened by its name. Without O_NONBLOCK, opening
      // a pipe waits for a writer.
      : descriptor_(path == "-" || path == "/dev/stdin"
                        ? STDIN_FILENO
                        : open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ > STDIN_FILENO) {
      close(descriptor_);
    }
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string shown_size(std::size_t bytes) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  return bytes % mebibyte == 0 ? fmt::format("{} MiB", bytes / mebibyte)
                               : fmt::format("{} bytes", bytes);
}

FileText refused(std::string why) { return {.text = std::nullopt, .why = std::move(why)}; }

FileText refused_by(int fault) {
  switch (fault) {
    case ENOENT:
    case ENOTDIR:
      return refused("it is not there");
    case EACCES:
    case EPERM:
      return refused("it is not yours to read");
    default:
      return refused(std::strerror(fault));
  }
}

/// Whether something can be read, or the end was reached. A person at a terminal has all the time.
bool has_more(int descriptor) {
  pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
  const int wait_ms = isatty(descriptor) == 1 ? -1 : pipe_wait_ms;
  int ready = poll(&one, 1, wait_ms);
  while (ready < 0 && errno == EINTR) {
    ready = poll(&one, 1, wait_ms);
  }
  return ready > 0;
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& path) {
  return read_whole(path.string(), file_bytes_max).text;
}

FileText read_whole(const std::string& path, std::size_t bytes_max) {
  const OpenFile file(path);
  struct stat facts{};
  if (file.descriptor() < 0 || fstat(file.descriptor(), &facts) != 0) {
    return refused_by(errno);
  }
  if (S_ISDIR(facts.st_mode)) {
    return refused("it is a folder");
  }
  const std::string too_long = fmt::format("it has more than {}", shown_size(bytes_max));
  if (S_ISREG(facts.st_mode) && static_cast<std::size_t>(facts.st_size) > bytes_max) {
    return refused(too_long);
  }
  std::string text;
  std::array<char, read_bytes_max> piece{};
  while (true) {
    if (!S_ISREG(facts.st_mode) && !has_more(file.descriptor())) {
      return refused(fmt::format("nothing came out of it for {} s", pipe_wait_ms / 1000));
    }
    const ssize_t count = read(file.descriptor(), piece.data(), piece.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (count < 0) {
      return refused_by(errno);
    }
    if (count == 0) {
      return {.text = std::move(text), .why = ""};
    }
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > bytes_max) {
      return refused(too_long);
    }
  }
}

}  // namespace postern::harness
