#pragma once

#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include "net/udp_socket.hpp"
#include <poll.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace pixelpass::traversal::test {

/// A TurnClient on a socket, and all that it was told.
class TurnEnd {
 public:
  TurnEnd(const SocketAddress& server, TurnClient::Settings settings)
      : socket_(server.is_v6() ? *SocketAddress::parse("[::1]:0") : SocketAddress::loopback(0)),
        server_(server),
        client_(std::move(settings), system_random, Clock::now()) {}

  [[nodiscard]] TurnClient& client() { return client_; }
  /// Another client on the same socket, as after a crash.
  void begin_again(TurnClient::Settings settings) {
    client_ = TurnClient(std::move(settings), system_random, Clock::now());
    events_.clear();
  }

  template <class T>
  [[nodiscard]] const T* last() const {
    const T* found = nullptr;
    for (const auto& event : events_)
      if (const auto* one = std::get_if<T>(&event)) found = one;
    return found;
  }
  template <class T>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events_, [](const auto& event) { return std::holds_alternative<T>(event); }));
  }
  [[nodiscard]] SocketAddress relayed() const { return last<TurnClient::Allocated>()->relayed; }
  [[nodiscard]] const std::vector<std::pair<SocketAddress, Bytes>>& received() const { return received_; }
  /// Answers of this kind and method that came.
  [[nodiscard]] std::size_t answers(StunMethod method, int error = 0) const {
    return static_cast<std::size_t>(std::ranges::count(answers_, std::pair(method, error)));
  }
  void forget_received() { received_.clear(); }

  /// As a driver would: one call to the kernel.
  bool send(const SocketAddress& peer, ByteView datagrams, std::size_t segment) {
    Bytes out;
    const auto dressed = client_.dress(peer, datagrams, segment, out);
    return dressed > 0 && socket_.send({{}, server_}, out, dressed, 0) == net::UdpSocket::Sent::kDone;
  }

  /// Sends and takes what there is.
  void step() {
    const auto now = Clock::now();
    while (
        socket_.receive([&](const net::Path& path, ByteView bytes, net::Ecn) { take(path, bytes, now); })) {
    }
    if (client_.next_timeout() && now >= *client_.next_timeout()) client_.on_timeout(now);
    while (const auto bytes = client_.poll_transmit()) socket_.send({{}, server_}, *bytes, bytes->size(), 0);
    while (auto event = client_.poll_event()) events_.push_back(std::move(*event));
  }
  [[nodiscard]] int descriptor() const { return socket_.descriptor(); }

 private:
  void take(const net::Path& path, ByteView bytes, Instant now) {
    if (!(path.remote.unmapped() == server_)) return;
    if (const auto message = StunMessage::parse(bytes); message && message->cls() != StunClass::kIndication)
      answers_.emplace_back(message->method(), message->error_code().value_or(0));
    if (const auto relayed = client_.on_message(bytes, now))
      received_.emplace_back(relayed->peer, Bytes(relayed->data.begin(), relayed->data.end()));
  }

  net::UdpSocket socket_;
  SocketAddress server_;
  TurnClient client_;
  std::vector<TurnClient::Event> events_;
  std::vector<std::pair<SocketAddress, Bytes>> received_;
  std::vector<std::pair<StunMethod, int>> answers_;
};

/// Drives all ends until `done`, or for a time that no machine needs.
inline bool run_until(const std::vector<TurnEnd*>& ends, const std::function<bool()>& done,
                      Duration at_most = 30s) {
  const auto deadline = Clock::now() + at_most;
  while (true) {
    for (auto* end : ends) end->step();
    if (done()) return true;
    if (Clock::now() >= deadline) return false;
    std::vector<pollfd> waits;
    for (const auto* end : ends) waits.push_back({end->descriptor(), POLLIN, 0});
    poll(waits.data(), waits.size(), 20);
  }
}

}  // namespace pixelpass::traversal::test
