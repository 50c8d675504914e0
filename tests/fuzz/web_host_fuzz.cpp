#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/web/web_host.hpp"

#include "../unit/web/hello_fixture.hpp"
#include "fuzz.hpp"

#include <array>

namespace pixelpass::web {
namespace {

/// Nobody comes as far as that.
class NoAdmission final : public tunnel::Admission {
 public:
  Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId&) override {
    fuzz::require(false, "nobody has the certificate's key");
    return wire::RefusedReason::kFull;
  }
  void release(std::uint32_t) override {}
};

/// Takes all, and counts it by whom it goes to.
class Lines final : public net::DatagramSink {
 public:
  static constexpr std::size_t kCount = 8;

  bool send(const net::Path& path, ByteView bytes, std::size_t, net::Ecn) override {
    said[path.remote.port() % kCount] += bytes.size();
    return true;
  }

  std::array<std::size_t, kCount> said{};
  std::array<std::size_t, kCount> heard{};
};

const tunnel::Identity& host_identity() {
  static const auto kIdentity = tunnel::Identity::generate(seeded_random(1));
  return kIdentity;
}

/// From a browser that has the ticket, which others may have copied.
Bytes good_check(std::uint8_t number) {
  using namespace traversal;
  HelloText hello;
  hello.random = number;
  const auto name = hello.text();
  StunWriter writer(StunClass::kRequest, StunMethod::kBinding, {number});
  writer.add_text(StunAttribute::kUsername, name + ":b");
  writer.add(StunAttribute::kUseCandidate);
  writer.sign_sha1(as_bytes(ice_password(make_ice_key(host_identity().secret()), name)));
  return writer.add_fingerprint().take();
}

}  // namespace
}  // namespace pixelpass::web

/// What strangers may send, and those who have copied a check. The input: who sends (the upper half: after a
/// check of the browser's), a length, a datagram, and so on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using namespace pixelpass::web;
  NoAdmission admission;
  Lines lines;
  Instant now{1h};
  WebHost host(host_identity(), admission, seeded_random(2), now,
               [] { return UnixTime(std::chrono::seconds(kHelloTime)); });
  const auto receive = [&](std::size_t from, ByteView bytes) {
    const std::array<std::uint8_t, 4> address{192, 0, 2, static_cast<std::uint8_t>(from)};
    lines.heard[from] += bytes.size();
    host.on_datagram({{}, SocketAddress(address, static_cast<std::uint16_t>(4'000 + from))}, bytes, 0, now);
    host.flush(lines, now);
    now += 10ms;
    host.on_timeout(now);
    host.flush(lines, now);
  };
  for (ByteView rest(data, size); rest.size() >= 3;) {
    const auto from = rest[0] % Lines::kCount;
    const auto length = std::min<std::size_t>(std::size_t{rest[1]} << 8U | rest[2], rest.size() - 3);
    if (rest[0] >= 0x80) receive(from, good_check(rest[0] & 0x70));
    receive(from, rest.subspan(3, length));
    rest = rest.subspan(3 + length);
  }
  for (int i = 0; i < 60; ++i, now += 500ms) {
    host.on_timeout(now);
    host.flush(lines, now);
  }
  for (std::size_t from = 0; from < Lines::kCount; ++from)
    fuzz::require(lines.said[from] <= 3 * lines.heard[from], "nobody is sent more than three times as much");
  fuzz::require(!host.poll_event() && host.viewers().empty(), "nobody is a viewer");
  fuzz::require(!host.next_timeout(), "nothing is left of them");
  return 0;
}
