#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include "fuzz.hpp"

namespace pixelpass::traversal {
namespace {

/// A server that answers what the client asks, with attributes of the fuzzer's choice and a good signature,
/// or says whatever it likes.
class AnyServer {
 public:
  explicit AnyServer(ByteView script) : script_(script) {}

  void run() {
    client_.permit(*SocketAddress::parse("192.0.2.1:1"), now_);
    client_.bind_channel(*SocketAddress::parse("192.0.2.2:2"), now_);
    while (!script_.empty()) step(take(1)[0]);
    client_.close(now_);
    drain();
  }

 private:
  ByteView take(std::size_t bytes) {
    const auto taken = script_.first(std::min(bytes, script_.size()));
    script_ = script_.subspan(taken.size());
    return taken;
  }

  void step(std::uint8_t what) {
    if (what < 64) {
      pass(what);
    } else {
      const auto body = take(what % 64);
      what < 128 ? say(body) : answer(what < 192 ? StunClass::kSuccess : StunClass::kError, body);
    }
    drain();
  }

  void pass(std::uint8_t seconds) {
    const auto next = client_.next_timeout();
    fuzz::require(next.has_value() || client_.is_done(), "it waits for something");
    now_ = seconds == 0 && next ? std::max(*next, now_) : now_ + std::chrono::seconds(seconds);
    client_.on_timeout(now_);
    fuzz::require(!client_.next_timeout() || *client_.next_timeout() > now_, "what is due was done");
  }

  void say(ByteView message) {
    const auto relayed = client_.on_message(message, now_);
    fuzz::require(!relayed || relayed->data.size() < message.size(), "data is a part of its message");
  }

  /// The body is attributes: a type's low byte with whether it is optional, a length, the value.
  void answer(StunClass cls, ByteView body) {
    const auto request = StunMessage::parse(request_);
    if (!request) return;
    StunWriter writer(cls, request->method(), request->id());
    while (body.size() >= 2) {
      const auto type = static_cast<StunAttribute>((body[0] & 0x7fU) | (body[0] & 0x80U) << 8U);
      const auto length = std::min<std::size_t>(body[1] % 32, body.size() - 2);
      writer.add(type, body.subspan(2, length));
      body = body.subspan(2 + length);
    }
    // As a server that took "realm" for its realm would sign.
    writer.sign_sha1(long_term_key(PasswordAlgorithm::kMd5, "user", "realm", "password"));
    say(writer.bytes());
  }

  void drain() {
    for (int i = 0; const auto bytes = client_.poll_transmit(); ++i) {
      fuzz::require(i < 1000, "it does not ask for ever");
      fuzz::require(StunMessage::parse(*bytes).has_value(), "what it asks is a message");
      request_ = *bytes;
    }
    while (client_.poll_event()) {
    }
    Bytes out;
    (void)client_.dress(*SocketAddress::parse("192.0.2.2:2"), Bytes(10), 4, out);
    fuzz::require(out.empty() || client_.relayed().has_value(), "nothing is sent without an allocation");
  }

  Instant now_{1h};
  TurnClient client_{{.credentials = {"user", "password"}}, seeded_random(1), now_};
  ByteView script_;
  Bytes request_;
};

}  // namespace
}  // namespace pixelpass::traversal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0x4000) return 0;
  pixelpass::traversal::AnyServer({data, size}).run();
  return 0;
}
