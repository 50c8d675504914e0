#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "fuzz.hpp"

#include <set>
#include <string>

namespace pixelpass::traversal {
namespace {

const auto kServer = *SocketAddress::parse("198.51.100.1:3478");
const auto kStunServer = *SocketAddress::parse("198.51.100.2:3478");
const auto kRemote = *SocketAddress::parse("203.0.113.7:5000");
const auto kStranger = *SocketAddress::parse("203.0.113.66:6");
const auto kLocal = *SocketAddress::parse("192.0.2.1:4433");

/// Sends nothing, takes everything.
class NoCore final : public net::DatagramCore {
 public:
  void on_datagram(const net::Path&, ByteView, net::Ecn, Instant) override {}
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink&, Instant) override { return true; }
};

/// Remembers where datagrams went.
class Watcher final : public net::DatagramSink {
 public:
  bool send(const net::Path& path, ByteView, std::size_t, net::Ecn) override {
    ++datagrams;
    remotes.insert(path.remote.to_string());
    return true;
  }
  std::size_t datagrams = 0;
  std::set<std::string> remotes;
};

/// An agent in the middle of everything, which gets datagrams from all sides.
class Fuzzed {
 public:
  Fuzzed() {
    agent_.ask_outer_address(kStunServer, now_);
    relay_ = agent_.add_relay(
        kServer,
        {.credentials = {"u", "p"}, .transport = TurnTransport::kUdp, .want_v6 = false, .lifetimes = {}},
        now_);
    stream_ = agent_.add_stream_relay(
        {.credentials = {"u", "p"}, .transport = TurnTransport::kTcp, .want_v6 = false, .lifetimes = {}},
        [](ByteView) { return true; }, now_);
    agent_.bind_channel(relay_, kRemote, now_);
    agent_.punch(key_, {.remotes = {kRemote}}, now_);
    turn();
  }

  void receive(std::uint8_t from, ByteView bytes) {
    const SocketAddress* senders[] = {&kServer, &kStunServer, &kRemote, &kStranger};
    if (from % 8 == 7)
      agent_.on_stream_message(stream_, bytes, now_);
    else
      agent_.on_datagram({kLocal, *senders[from % 4]}, bytes, 0, now_);
    now_ += std::chrono::milliseconds(from);
    turn();
  }
  /// What only who has the key can send.
  void receive_signed(std::uint8_t from, ByteView bytes) {
    TransactionId id{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
    const auto request =
        StunWriter(from % 2 == 0 ? StunClass::kRequest : StunClass::kSuccess, StunMethod::kBinding, id)
            .add_text(StunAttribute::kUsername, key_.username)
            .sign_sha256(key_.password)
            .take();
    agent_.on_datagram({kLocal, SocketAddress(bytes.size() > 16 ? bytes.first(4) : kRemote.bytes(), from)},
                       request, 0, now_);
    turn();
  }

  [[nodiscard]] const Watcher& sink() const { return sink_; }

 private:
  void turn() {
    if (const auto due = agent_.next_timeout(); due && *due <= now_) agent_.on_timeout(now_);
    agent_.flush(sink_, now_);
    while (agent_.poll_event()) {
    }
  }

  NoCore core_;
  Watcher sink_;
  Instant now_{std::chrono::hours(1)};
  CheckKey key_ = check_key({1}, as_bytes("tag"));
  Agent agent_{core_, seeded_random(1)};
  RelayId relay_{};
  RelayId stream_{};
};

}  // namespace
}  // namespace pixelpass::traversal

/// The input: a sender, a length, a datagram, and so on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  traversal::Fuzzed fuzzed;
  std::size_t with_key = 0;
  for (ByteView rest(data, size); rest.size() >= 3;) {
    const auto from = rest[0];
    const auto length = std::min<std::size_t>(std::size_t{rest[1]} << 8 | rest[2], rest.size() - 3);
    const auto datagram = rest.subspan(3, length);
    if (from >= 0xf0) {
      fuzzed.receive_signed(from, datagram);
      ++with_key;
    } else {
      fuzzed.receive(from, datagram);
    }
    rest = rest.subspan(3 + length);
  }
  // The two servers, who is punched at, and who has shown the key.
  fuzz::require(fuzzed.sink().remotes.size() <= 3 + with_key, "strangers get no answer");
  fuzz::require(fuzzed.sink().remotes.size() <= 2 + traversal::kMaxRemotes, "addresses are bounded");
  return 0;
}
