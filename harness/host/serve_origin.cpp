#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/host/cryptography.h"
#include "harness/host/demo_origin.h"
#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::uint64_t body_bytes_max = std::uint64_t{64} << 20;
constexpr std::uint32_t header_bytes_max = 256 << 10;

/// A request that is never answered; the gate gives up long before.
constexpr auto hang_time = std::chrono::minutes(10);

/// What one connection needs; it lives on while a thread serves it.
struct Service {
  OriginState& state;
  const std::function<void(const OriginCall&)>& served;
};

Response plain_response(const Request& request, http::status status, std::string body) {
  Response response(status, request.version());
  response.keep_alive(request.keep_alive());
  response.set(http::field::content_type, "application/json");
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

/// What stands behind `name` (with its `=`) in a query.
std::optional<std::string> text_in(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (query.substr(0, end).starts_with(name)) {
      return std::string(query.substr(name.size(), end - name.size()));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_of(const std::string& text) {
  std::uint64_t number = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && stop == text.data() + text.size() ? std::optional(number)
                                                                   : std::nullopt;
}

Response show_calls(const Request& request, const OriginState& state) {
  const std::string target(request.target());
  const std::string query = target.substr(std::min(target.find('?'), target.size() - 1) + 1);
  const auto after_text = text_in(query, "after=");
  const auto after = after_text.has_value() ? number_of(*after_text) : std::nullopt;
  const auto limit = number_of(text_in(query, "limit=").value_or(std::to_string(shown_calls_max)));
  if (after_text.has_value() != after.has_value() || limit.value_or(UINT64_MAX) > shown_calls_max) {
    return plain_response(
        request, http::status::bad_request,
        "{\"wants\":\"after=NUMBER, limit=0 to " + std::to_string(shown_calls_max) + "\"}\n");
  }
  return plain_response(request, http::status::ok,
                        state.calls(after, static_cast<std::size_t>(*limit)));
}

/// The origin's own doors, for tests and demonstrations. Nothing for what is a delivery.
std::optional<Response> answer_control(const Request& request, OriginState& state) {
  const std::string target(request.target());
  if (request.method() == http::verb::get &&
      target.substr(0, target.find('?')) == "/_postern/calls") {
    return show_calls(request, state);
  }
  if (target == "/_postern/calls" && request.method() == http::verb::delete_) {
    state.forget();
    return plain_response(request, http::status::ok, "{}\n");
  }
  if (target == "/_postern/script" && request.method() == http::verb::post) {
    const auto json = nlohmann::json::parse(request.body(), nullptr, false);
    const bool is_script =
        json.is_object() && json.contains("answers") && json["answers"].is_string();
    const auto turns = is_script ? parse_answers(json["answers"].get<std::string>()) : std::nullopt;
    if (!turns.has_value()) {
      return plain_response(request, http::status::bad_request,
                            "{\"wants\":{\"answers\":\"200,500,hang,reset,200@2s\"}}\n");
    }
    state.script(*turns);
    return plain_response(request, http::status::ok, "{}\n");
  }
  return std::nullopt;
}

OriginCall call_of(const Request& request) {
  OriginCall call;
  call.method = std::string(request.method_string());
  call.path = std::string(request.target());
  for (const auto& field : request) {
    call.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  call.headers = fold_headers(call.headers);
  call.body_sha256 = to_hex(digest(Hash::sha256, request.body()).value());
  call.body_bytes = request.body().size();
  return call;
}

enum class Next : std::uint8_t { another_request, close };

Next answer_delivery(tcp::socket& socket, const Request& request, const Service& service) {
  OriginCall call = call_of(request);
  const OriginTurn turn = service.state.take(call);
  call.answered = turn.kind == OriginTurn::Kind::respond ? turn.response.status : 0;
  service.served(call);
  std::this_thread::sleep_for(std::chrono::milliseconds(turn.delay_ms));
  if (turn.kind == OriginTurn::Kind::hang) {
    std::this_thread::sleep_for(hang_time);
    return Next::close;
  }
  if (turn.kind != OriginTurn::Kind::respond) {
    // No lingering: the other side sees a reset, not an end.
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();  // The destructor would linger.
    return Next::close;
  }
  const bool has_body = turn.response.status != 204 && turn.response.status != 304;
  Response const response = plain_response(request, static_cast<http::status>(turn.response.status),
                                           has_body ? "{\"received\":true}\n" : "");
  http::write(socket, response);
  return request.keep_alive() ? Next::another_request : Next::close;
}

void serve_connection(tcp::socket socket, const Service& service) {
  boost::beast::flat_buffer buffer;
  try {
    while (true) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(body_bytes_max);
      parser.header_limit(header_bytes_max);
      http::read(socket, buffer, parser);
      const Request& request = parser.get();
      if (auto control = answer_control(request, service.state)) {
        http::write(socket, *control);
        if (!request.keep_alive()) {
          break;
        }
      } else if (answer_delivery(socket, request, service) == Next::close) {
        break;
      }
    }
  } catch (const boost::system::system_error&) {
    // The other side is gone; there is nobody to tell.
  }
}

tcp::acceptor listen(asio::io_context& context, const std::string& address, std::uint16_t port) {
  try {
    return {context, tcp::endpoint(asio::ip::make_address(address), port)};
  } catch (const boost::system::system_error& fault) {
    throw CannotListen(address + ":" + std::to_string(port) + ": " + fault.code().message());
  }
}

}  // namespace

int serve_origin(const std::string& address, std::uint16_t port, OriginState& state,
                 const std::function<void(std::uint16_t port)>& listening,
                 const std::function<void(const OriginCall&)>& served) {
  asio::io_context context;
  tcp::acceptor acceptor = listen(context, address, port);
  const Service service{state, served};

  int stopped_by = 0;
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int signal) {
    stopped_by = signal;
    context.stop();
  });
  const std::function<void()> accept_next = [&] {
    acceptor.async_accept([&](const boost::system::error_code& fault, tcp::socket socket) {
      if (!fault) {
        // A thread that hangs must not hinder the end, so nobody waits for it.
        std::thread(serve_connection, std::move(socket), std::cref(service)).detach();
      }
      accept_next();
    });
  };
  accept_next();
  listening(acceptor.local_endpoint().port());
  context.run();
  return stopped_by;
}

}  // namespace postern::harness
