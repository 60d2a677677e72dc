#include "harness/host/http_client.h"

#include <curl/curl.h>

#include <memory>

#include "harness/host/address.h"

namespace postern::harness {
namespace {

struct FreeOfCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// libcurl wants its global state before the first handle.
class Library {
 public:
  Library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { curl_global_cleanup(); }
};

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* response) {
  static_cast<HttpResponse*>(response)->body.append(bytes, size * count);
  return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* response) {
  std::string line(bytes, size * count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) {
    line.pop_back();
  }
  auto& headers = static_cast<HttpResponse*>(response)->headers;
  if (line.starts_with("HTTP/")) {
    headers.clear();  // An interim answer came before.
  } else if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
    headers.push_back(fold_headers({{line.substr(0, colon), line.substr(colon + 1)}}).front());
  }
  return size * count;
}

std::unique_ptr<curl_slist, FreeOfCurl> header_list(const HttpRequest& request) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) {
    list = curl_slist_append(list, line.c_str());
  };
  // A name without a value takes away what libcurl would add by itself.
  for (const char* own : {"Accept", "Expect", "Content-Type", "User-Agent"}) {
    add(std::string(own) + ":");
  }
  for (const Header& header : request.headers) {
    // A semicolon instead of the colon is libcurl's spelling of an empty value.
    add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  return std::unique_ptr<curl_slist, FreeOfCurl>(list);
}

void prepare(CURL* handle, const HttpRequest& request, curl_slist* headers,
             HttpResponse& response) {
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || !request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &response);
}

}  // namespace

HttpResponse send_http(const HttpRequest& request) {
  static const Library library;
  const std::unique_ptr<CURL, FreeOfCurl> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeOfCurl> headers = header_list(request);
  HttpResponse response;
  prepare(handle.get(), request, headers.get(), response);
  const CURLcode result = curl_easy_perform(handle.get());
  if (result != CURLE_OK) {
    throw Unreachable(shown_address(request.url) + ": " + curl_easy_strerror(result));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle.get(), CURLINFO_TOTAL_TIME, &response.seconds);
  response.status = static_cast<std::uint16_t>(status);
  return response;
}

}  // namespace postern::harness
