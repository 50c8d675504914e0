#include "publish/http_exchange.hpp"

#include "pixelpass/net/endpoint.hpp"
#include "pixelpass/traversal/name_lookup.hpp"
#include "pixelpass/traversal/server_certificate.hpp"

#include "publish/refusals.hpp"
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace pixelpass::publish {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

std::string to_std(beast::string_view text) {
  return {text.data(), text.size()};
}

http::request<http::string_body> message_of(const HttpRequest& request) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.url.path);
  message.set(http::field::host, request.url.authority());
  message.set(http::field::user_agent, "pixelpass");
  message.set(http::field::connection, "close");
  if (!request.authorization.empty()) message.set(http::field::authorization, request.authorization);
  if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

HttpResponse response_of(const http::response<http::string_body>& message) {
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  response.location = to_std(message[http::field::location]);
  response.content_type = to_std(message[http::field::content_type]);
  const auto links = message.equal_range(http::field::link);
  for (auto it = links.first; it != links.second; ++it) response.links.push_back(to_std(it->value()));
  response.body = message.body();
  return response;
}

/// Kept alive by its pending operations.
class RunningExchange final : public HttpExchange, public std::enable_shared_from_this<RunningExchange> {
 public:
  RunningExchange(asio::io_context& io, const Target& target, const HttpRequest& request, Handler handler)
      : target_(target),
        url_(request.url),
        handler_(std::move(handler)),
        names_(io),
        stream_(io),
        deadline_(io),
        certificate_(target.to_string(), request.url.host),
        message_(message_of(request)) {
    parser_.header_limit(static_cast<std::uint32_t>(kMaxHead));
    parser_.body_limit(kMaxBody);
  }

 private:
  /// A handler that keeps this alive, and does nothing once the exchange is over.
  template <class Then>
  auto step(Then then) {
    return [self = shared_from_this(), then](error_code error, const auto&...) {
      if (self->handler_) then(*self, error);
    };
  }
  template <class Then>
  auto unless_failed(Then then) {
    return step([then](RunningExchange& self, error_code error) {
      if (error) return self.fail(error);
      then(self);
    });
  }

 public:
  void begin(Duration within) {
    deadline_.expires_after(within);
    deadline_.async_wait(step([](RunningExchange& self, error_code error) {
      if (!error) self.finish(no_answer(self.target_));
    }));
    // The deadline's handler keeps this alive.
    names_.look_up(url_.host, url_.port, [weak = weak_from_this()](const auto& found) {
      if (const auto self = weak.lock(); self && self->handler_) self->connect(found);
    });
  }

  void cancel() override {
    handler_ = nullptr;
    deadline_.cancel();
    stream_.close();
  }

 private:
  void connect(const traversal::NameLookup::Addresses& found) {
    if (found.empty()) return finish(name_not_known(target_));
    for (const auto& address : found) endpoints_.push_back(net::to_endpoint<tcp::endpoint>(address));
    stream_.expires_never();
    stream_.async_connect(endpoints_, unless_failed([](RunningExchange& self) {
                            self.url_.is_tls ? self.shake_hands() : self.write(self.stream_);
                          }));
  }

  void shake_hands() {
    trust_.emplace(traversal::system_trust());
    tls_.emplace(stream_, *trust_);
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(
        [this](bool good, asio::ssl::verify_context& context) { return certificate_.judge(good, context); });
    if (!certificate_.expect(tls_->native_handle())) return finish(no_answer(target_));
    tls_->async_handshake(asio::ssl::stream_base::client,
                          unless_failed([](RunningExchange& self) { self.write(*self.tls_); }));
  }

  template <class Stream>
  void write(Stream& stream) {
    http::async_write(stream, message_,
                      unless_failed([&stream](RunningExchange& self) { self.read(stream); }));
  }

  template <class Stream>
  void read(Stream& stream) {
    http::async_read(stream, buffer_, parser_, unless_failed([](RunningExchange& self) {
                       self.finish(response_of(self.parser_.get()));
                     }));
  }

  void fail(error_code error) {
    if (const auto complaint = certificate_.complaint()) return finish(*complaint);
    finish(http_failed(target_, error));
  }

  void finish(const Result<HttpResponse>& outcome) {
    const auto handler = std::exchange(handler_, nullptr);
    cancel();
    handler(outcome);
  }

  const Target target_;
  const HttpUrl url_;
  Handler handler_;  ///< null: it is over
  traversal::NameLookup names_;
  beast::tcp_stream stream_;
  asio::steady_timer deadline_;
  traversal::ServerCertificate certificate_;
  std::optional<asio::ssl::context> trust_;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_;
  std::vector<tcp::endpoint> endpoints_;
  http::request<http::string_body> message_;
  beast::flat_buffer buffer_{kMaxHead + kMaxBody};
  http::response_parser<http::string_body> parser_;
};

}  // namespace

std::shared_ptr<HttpExchange> HttpExchange::start(asio::io_context& io, const Target& target,
                                                  HttpRequest request, Duration within, Handler handler) {
  auto exchange = std::make_shared<RunningExchange>(io, target, request, std::move(handler));
  exchange->begin(within);
  return exchange;
}

}  // namespace pixelpass::publish
