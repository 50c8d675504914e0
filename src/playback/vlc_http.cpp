#include "pixelpass/playback/vlc_http.hpp"

#include "pixelpass/base/socket_owner.hpp"
#include "pixelpass/playback/player.hpp"

#include "playback/vlc_status.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace pixelpass::playback {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using beast::error_code;

constexpr Duration kAnswerTime = 2s;  // VLC answers in 20 ms
constexpr Duration kAcceptTime = 20ms;
constexpr std::size_t kMaxAnswerBytes = 64 << 10;
constexpr std::size_t kMaxHeadBytesOfAnswer = 4 << 10;

/// Base64 (RFC 4648) of a text whose length is a multiple of three.
std::string base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (; text.size() >= 3; text.remove_prefix(3)) {
    unsigned bits = 0;
    for (const char c : text.substr(0, 3)) bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (int shift = 18; shift >= 0; shift -= 6) out += kDigits[bits >> shift & 0x3f];
  }
  return out;
}

/// One request and its answer over a connection of its own, since VLC's server is a small one. Nothing is
/// written before the kernel has confirmed that a program of this user has accepted the connection: the port
/// was free before VLC started, and another program may have taken it first.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  /// Called once, with an empty text after any failure.
  using OnAnswer = std::function<void(const std::string& body)>;

  Exchange(asio::io_context& io, std::shared_ptr<const SocketOwners> owners, const VlcAccess& access,
           const std::string& target, OnAnswer on_answer)
      : owners_(std::move(owners)),
        stream_(io),
        accepted_(io),
        port_(access.port),
        on_answer_(std::move(on_answer)) {
    request_.method(http::verb::get);
    request_.target(target);
    request_.set(http::field::host, "127.0.0.1");
    request_.set(http::field::connection, "close");
    request_.set(http::field::authorization, "Basic " + base64(":" + access.password));
    parser_.body_limit(kMaxAnswerBytes);
    parser_.header_limit(kMaxHeadBytesOfAnswer);
  }

  void run() {
    ends_ = Clock::now() + kAnswerTime;
    stream_.expires_at(ends_);
    stream_.async_connect(
        tcp::endpoint(asio::ip::address_v4::loopback(), port_),
        [self = shared_from_this()](error_code error) { error ? self->end({}) : self->on_connected(); });
  }
  void cancel() {
    on_answer_ = {};
    cancelled_ = true;
    accepted_.cancel();
    stream_.cancel();
  }

 private:
  void on_connected() {
    if (!owners_->can_ask()) return write();
    error_code error;
    const auto own = stream_.socket().local_endpoint(error);
    const auto its = error ? tcp::endpoint() : stream_.socket().remote_endpoint(error);
    if (error) return end({});
    const auto user = owners_->user_of(SocketAddress::of(its), SocketAddress::of(own));
    if (!user) return ask_again();
    is_trusted(*user) ? write() : end({});
  }
  /// Asks again while nobody has accepted the connection.
  void ask_again() {
    if (Clock::now() >= ends_) return end({});
    accepted_.expires_after(kAcceptTime);
    accepted_.async_wait([self = shared_from_this()](error_code error) {
      error || self->cancelled_ ? self->end({}) : self->on_connected();
    });
  }
  void write() {
    http::async_write(stream_, request_, [self = shared_from_this()](error_code error, std::size_t) {
      error ? self->end({}) : self->read();
    });
  }
  void read() {
    http::async_read(stream_, buffer_, parser_, [self = shared_from_this()](error_code error, std::size_t) {
      const bool good = !error && self->parser_.get().result() == http::status::ok;
      self->end(good ? self->parser_.get().body() : std::string());
    });
  }
  void end(const std::string& body) {
    if (const auto on_answer = std::exchange(on_answer_, {})) on_answer(body);
  }

  std::shared_ptr<const SocketOwners> owners_;
  beast::tcp_stream stream_;
  asio::steady_timer accepted_;
  Instant ends_{};
  bool cancelled_ = false;
  std::uint16_t port_;
  OnAnswer on_answer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_{kMaxAnswerBytes};
};

}  // namespace

VlcAccess VlcAccess::make(const Random& random) {
  // With the colon in front of it the password is a multiple of three long, so that base64 needs no padding.
  constexpr std::size_t kPasswordLength = 23;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  VlcAccess access;
  std::array<std::uint8_t, kPasswordLength> drawn{};
  random(drawn);
  for (const std::uint8_t byte : drawn) access.password += kLetters[byte % kLetters.size()];
  asio::io_context io;
  const tcp::acceptor free(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  access.port = free.local_endpoint().port();
  return access;
}

std::string vlc_config(std::string_view users, const VlcAccess& access) {
  std::string text(users);
  // The later of two lines counts. Without a configuration of its own VLC would ask the privacy question
  // again.
  text += "\nextraintf=http\nhttp-host=127.0.0.1\nhttp-port=" + std::to_string(access.port) +
          "\nhttp-password=" + access.password + "\nqt-privacy-ask=0\n";
  return text;
}

class VlcHttp::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, VlcAccess access, const mpegts::StreamClock& begun)
      : io_(io), access_(std::move(access)), begun_(begun) {}

  void ask(OnState on_state);
  void set_speed(double speed);
  void close();

 private:
  void request(const std::string& command, Exchange::OnAnswer on_answer);
  void on_status(const VlcStatus& status, const OnState& on_state);

  asio::io_context& io_;
  std::shared_ptr<const SocketOwners> owners_ = std::make_shared<const SocketOwners>();
  VlcAccess access_;
  const mpegts::StreamClock& begun_;
  VlcSeconds seconds_;
  std::weak_ptr<Exchange> exchange_;  ///< that is under way
  std::uint64_t lost_audio_ = 0;
  std::optional<std::uint64_t> lost_pictures_;
  double set_ = 1;  ///< speed
};

void VlcHttp::Impl::request(const std::string& command, Exchange::OnAnswer on_answer) {
  const auto exchange = std::make_shared<Exchange>(io_, owners_, access_, "/requests/status.json" + command,
                                                   std::move(on_answer));
  exchange_ = exchange;
  exchange->run();
}

void VlcHttp::Impl::ask(OnState on_state) {
  if (!exchange_.expired()) return;
  request("", [this, on_state = std::move(on_state)](const std::string& body) {
    if (const auto status = parse_vlc_status(body)) on_status(*status, on_state);
  });
}

void VlcHttp::Impl::on_status(const VlcStatus& status, const OnState& on_state) {
  const auto seconds = seconds_.begun(status.seconds);
  if (!seconds && !status.paused) return;
  PlayerState state;
  if (const auto begun = begun_.newest(); begun && seconds)
    state.position = *begun + std::chrono::seconds(*seconds);
  state.paused = status.paused;
  // VLC reports 1.1000000238 after it was set to 1.1.
  constexpr double kRounding = 0.01;
  state.speed = std::abs(status.rate - set_) < kRounding ? set_ : status.rate;
  state.underruns = status.lost_audio > lost_audio_ ? 1 : 0;
  lost_audio_ = status.lost_audio;
  // Pictures lost before the first answer were lost while it started.
  const auto lost_before = std::exchange(lost_pictures_, status.lost_pictures);
  state.dropped =
      status.lost_pictures - std::min(lost_before.value_or(status.lost_pictures), status.lost_pictures);
  on_state(state);
}

void VlcHttp::Impl::set_speed(double speed) {
  std::array<char, 16> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), speed, std::chars_format::fixed, 2).ptr;
  set_ = speed;
  request("?command=rate&val=" + std::string(text.data(), end), {});
}

void VlcHttp::Impl::close() {
  if (const auto exchange = exchange_.lock()) exchange->cancel();
}

VlcHttp::VlcHttp(asio::io_context& io, const VlcAccess& access, const mpegts::StreamClock& begun)
    : impl_(std::make_shared<Impl>(io, access, begun)) {}

VlcHttp::~VlcHttp() {
  impl_->close();
}

void VlcHttp::ask(OnState on_state) {
  impl_->ask(std::move(on_state));
}

void VlcHttp::set_speed(double speed) {
  impl_->set_speed(speed);
}

void VlcHttp::jump() {}

void VlcHttp::reopen_sound() {}

}  // namespace pixelpass::playback
