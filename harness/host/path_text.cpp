#include "harness/host/path_text.h"

#include <algorithm>
#include <vector>

namespace postern::harness {
namespace {

/// The parts between slashes; the last one is empty behind a slash.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 || path.empty()) {
      parts.push_back(path.substr(0, end));
    }
    if (end == path.size()) {
      return parts;
    }
    path.remove_prefix(end + 1);
  }
}

}  // namespace

std::string normal_path(std::string_view path) {
  if (path.empty()) {
    return {};
  }
  const bool is_from_root = path.starts_with('/');
  std::vector<std::string_view> kept;
  bool is_folder = false;  // Whether a slash belongs to the end.
  for (const std::string_view part : parts_of(path)) {
    is_folder = part.empty() || part == "." || part == "..";
    const bool can_go_back = !kept.empty() && kept.back() != "..";
    if (part == ".." && can_go_back) {
      kept.pop_back();
    } else if (part == ".." && is_from_root) {
      continue;
    } else if (!part.empty() && part != ".") {
      kept.push_back(part);
    }
  }
  std::string normal = is_from_root ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    normal.append(i == 0 ? "" : "/").append(kept[i]);
  }
  if (normal.empty()) {
    return ".";
  }
  const bool has_slash = is_folder && !kept.empty() && kept.back() != "..";
  return has_slash ? normal + "/" : normal;
}

std::string file_name_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));  // All of it where there is no slash.
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {};
  }
  const std::size_t last = path.substr(0, slash).find_last_not_of('/');
  return last == std::string_view::npos ? "/" : std::string(path.substr(0, last + 1));
}

std::string ending_of(std::string_view path) {
  const std::string name = file_name_of(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 || name == ".." ? "" : name.substr(dot);
}

std::string stem_of(std::string_view path) {
  const std::string name = file_name_of(path);
  return name.substr(0, name.size() - ending_of(path).size());
}

std::string joined_path(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.starts_with('/')) {
    return std::string(name);
  }
  return std::string(folder).append(folder.ends_with('/') ? "" : "/").append(name);
}

}  // namespace postern::harness
