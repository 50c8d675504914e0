#pragma once

#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::traversal {

struct Sent {
  net::Path path;
  Bytes bytes;
  std::size_t segment = 0;
  int hops = 0;  ///< 0: as usual
  Instant at{};
};

/// Takes so much, and then nothing more.
class FakeSink final : public net::DatagramSink {
 public:
  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn) override {
    return take({path, Bytes(bytes.begin(), bytes.end()), segment, 0, now});
  }
  bool send_near(const net::Path& path, ByteView datagram, int hops) override {
    return take({path, Bytes(datagram.begin(), datagram.end()), datagram.size(), hops, now});
  }

  std::vector<Sent> sent;
  std::size_t room = 1'000'000;
  Instant now{};

 private:
  bool take(Sent one) {
    if (sent.size() >= room) return false;
    sent.push_back(std::move(one));
    return true;
  }
};

/// Counts what it is given, sends what it is told to.
class FakeCore final : public net::DatagramCore {
 public:
  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant) override {
    got.push_back({path, Bytes(bytes.begin(), bytes.end())});
  }
  void on_timeout(Instant) override { ++timeouts; }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return due; }
  bool flush(net::DatagramSink& sink, Instant) override {
    for (; !to_send.empty(); to_send.erase(to_send.begin()))
      if (!sink.send(to_send[0].path, to_send[0].bytes, to_send[0].segment, 0)) return false;
    return true;
  }

  std::vector<Sent> got;
  std::vector<Sent> to_send;
  std::optional<Instant> due;
  int timeouts = 0;
};

inline SocketAddress at_address(const std::string& text) {
  return *SocketAddress::parse(text);
}

/// An agent in simulated time, driven as a driver does.
struct AgentBench {
  Instant now{1h};
  FakeCore core;
  FakeSink sink;
  Agent agent{core, seeded_random(1)};
  std::vector<AgentEvent> events;

  void flush() {
    sink.now = now;
    agent.flush(sink, now);
    while (auto event = agent.poll_event()) events.push_back(*event);
  }
  void run_for(Duration duration) {
    const auto end = now + duration;
    flush();
    for (auto due = agent.next_timeout(); due && *due <= end; due = agent.next_timeout()) {
      now = std::max(now, *due);
      agent.on_timeout(now);
      flush();
    }
    now = end;
  }
  void receive(const std::string& from, const Bytes& bytes, const std::string& local = "192.0.2.1:4433") {
    agent.on_datagram({at_address(local), at_address(from)}, bytes, 0, now);
    flush();
  }

  template <class Event>
  [[nodiscard]] std::vector<Event> all() const {
    std::vector<Event> found;
    for (const auto& event : events)
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    return found;
  }
  /// What was sent to an address.
  [[nodiscard]] std::vector<Sent> to(const std::string& remote) const {
    std::vector<Sent> found;
    for (const auto& one : sink.sent)
      if (one.path.remote == at_address(remote)) found.push_back(one);
    return found;
  }
};

}  // namespace pixelpass::traversal
