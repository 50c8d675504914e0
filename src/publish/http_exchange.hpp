#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/publish/target.hpp"

#include "publish/http_url.hpp"
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::publish {

struct HttpRequest {
  std::string method;
  HttpUrl url;
  std::string authorization;   ///< empty: none
  std::string content_type{};  ///< empty: no body
  std::string body{};
};

struct HttpResponse {
  int status = 0;
  std::string location;
  std::string content_type;
  std::vector<std::string> links;  ///< Link, a field each
  std::string body;
};

/// One request to an engine and its answer, over a connection of its own (HTTP/1.1, RFC 9112; TLS with the
/// system's trusted authorities). The answer is bounded in size and time. Redirects are left to the caller.
/// Thread: network. Lives until it is over or cancelled; the io_context outlives it.
class HttpExchange {
 public:
  static constexpr std::size_t kMaxHead = 16 << 10;
  static constexpr std::size_t kMaxBody = 64 << 10;
  /// Called once, but never from within start(), nor after cancel().
  using Handler = std::function<void(const Result<HttpResponse>&)>;

  /// `target` is named in error texts.
  static std::shared_ptr<HttpExchange> start(boost::asio::io_context& io, const Target& target,
                                             HttpRequest request, Duration within, Handler handler);
  virtual ~HttpExchange() = default;
  virtual void cancel() = 0;

 protected:
  HttpExchange() = default;
};

}  // namespace pixelpass::publish
