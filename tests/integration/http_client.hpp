#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace pixelpass {

constexpr Duration kDeadline = 20s;

/// Runs `io` until `done`, or gives up.
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& done,
                      Duration deadline = kDeadline) {
  const auto end = Clock::now() + deadline;
  const auto waiting = boost::asio::make_work_guard(io);  // also where nothing of `io` is awaited
  while (!done()) {
    if (Clock::now() > end) return false;
    io.restart();
    io.run_one_for(10ms);
  }
  return true;
}

/// "http://127.0.0.1:4321/path", taken apart.
struct Url {
  explicit Url(const std::string& url) {
    const auto host_at = url.find("//") + 2;
    const auto path_at = url.find('/', host_at);
    host = url.substr(host_at, path_at - host_at);
    port = static_cast<std::uint16_t>(std::stoi(host.substr(host.rfind(':') + 1)));
    path = url.substr(path_at);
  }
  std::string host;
  std::string path;
  std::uint16_t port = 0;
};

/// A client on the same io_context. Reads all that comes, unless it is told to stop.
class HttpClient {
 public:
  /// `from`: one of loopback's addresses.
  HttpClient(boost::asio::io_context& io, std::uint16_t port, const std::string& from = "127.0.0.1")
      : state_(std::make_shared<State>(io)) {
    namespace ip = boost::asio::ip;
    const auto own = ip::make_address(from);
    state_->socket.open(ip::tcp::endpoint(own, 0).protocol());
    // Small, so that a client that stops reading stalls soon.
    state_->socket.set_option(boost::asio::socket_base::receive_buffer_size(16 << 10));
    state_->socket.bind({own, 0});
    state_->socket.connect(
        {own.is_v6() ? ip::address(ip::address_v6::loopback()) : ip::address_v4::loopback(), port});
  }
  ~HttpClient() { drop(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void send(const std::string& bytes) { boost::asio::write(state_->socket, boost::asio::buffer(bytes)); }
  void half_close() { state_->socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }
  void get(const Url& url) {
    send("GET " + url.path + " HTTP/1.1\r\nHost: " + url.host + "\r\n\r\n");
    read();
  }
  void read() {
    state_->reading = true;
    State::read_more(state_);
  }
  void stop_reading() { state_->reading = false; }
  void drop() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
  }

  [[nodiscard]] bool ended() const { return state_->ended; }
  /// The other side closed properly, and did not reset.
  [[nodiscard]] bool ended_well() const { return state_->ended && state_->error == boost::asio::error::eof; }
  [[nodiscard]] std::string head() const {
    const auto text = as_text(state_->got);
    return std::string(text.substr(0, text.find("\r\n\r\n") + 4));
  }
  [[nodiscard]] bool has_head() const { return as_text(state_->got).find("\r\n\r\n") != std::string::npos; }
  [[nodiscard]] Bytes body() const {
    const auto& got = state_->got;
    return has_head() ? Bytes(got.begin() + static_cast<std::ptrdiff_t>(head().size()), got.end()) : Bytes{};
  }
  [[nodiscard]] std::size_t body_bytes() const { return has_head() ? received() - head().size() : 0; }
  [[nodiscard]] std::size_t received() const { return state_->got.size(); }

 private:
  struct State {
    explicit State(boost::asio::io_context& io) : socket(io) {}
    static void read_more(const std::shared_ptr<State>& state) {
      if (!state->reading || std::exchange(state->pending, true)) return;
      state->socket.async_read_some(boost::asio::buffer(state->buffer),
                                    [state](boost::system::error_code read_error, std::size_t size) {
                                      state->pending = false;
                                      state->got.insert(
                                          state->got.end(), state->buffer.begin(),
                                          state->buffer.begin() + static_cast<std::ptrdiff_t>(size));
                                      if (!read_error) return read_more(state);
                                      state->error = read_error;
                                      state->ended = true;
                                    });
    }

    boost::asio::ip::tcp::socket socket;
    std::array<std::uint8_t, 16 << 10> buffer{};
    Bytes got;
    bool reading = false;
    bool pending = false;
    bool ended = false;
    boost::system::error_code error;
  };

  std::shared_ptr<State> state_;
};

}  // namespace pixelpass
