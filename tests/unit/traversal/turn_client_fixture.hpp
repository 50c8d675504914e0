#pragma once

#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pixelpass::traversal {

inline const auto kRelayed = *SocketAddress::parse("203.0.113.9:50000");
inline const auto kMapped = *SocketAddress::parse("198.51.100.7:4433");
inline const auto kPeer = *SocketAddress::parse("192.0.2.1:7000");
inline const auto kOtherPeer = *SocketAddress::parse("192.0.2.2:7000");
inline constexpr std::string_view kUser = "anna", kPassword = "summer", kRealm = "relay.example";

/// A client, and a server that a test plays by hand.
class TurnClientTest : public testing::Test {
 protected:
  using A = StunAttribute;
  TurnClientTest() { begin({}); }

  void begin(TurnClient::Settings settings) {
    settings.credentials = {std::string(kUser), std::string(kPassword)};
    client_ = std::make_unique<TurnClient>(settings, seeded_random(7), now_);
  }

  /// The next message to the server.
  StunMessage asked(StunMethod method) {
    auto bytes = client_->poll_transmit();
    if (!bytes) throw std::runtime_error("nothing was asked");
    requests_.push_back(std::move(*bytes));
    auto message = StunMessage::parse(requests_.back());
    if (!message || message->cls() != StunClass::kRequest) throw std::runtime_error("no request");
    EXPECT_EQ(message->method(), method);
    return *message;
  }
  bool is_quiet() { return !client_->poll_transmit(); }

  static StunWriter success(const StunMessage& request) {
    return {StunClass::kSuccess, request.method(), request.id()};
  }
  static StunWriter error(const StunMessage& request, int code, std::string_view reason = "") {
    StunWriter writer(StunClass::kError, request.method(), request.id());
    writer.add_error(code, reason);
    return writer;
  }
  void give(ByteView message) { EXPECT_FALSE(client_->on_message(message, now_)); }
  void give(StunWriter writer) { give(writer.bytes()); }
  void give_signed(StunWriter writer) { give(writer.sign_sha1(key_).bytes()); }
  void challenge(const StunMessage& request, int code = 401, std::string_view nonce = "nonce 1") {
    give(error(request, code).add_text(A::kNonce, nonce).add_text(A::kRealm, kRealm));
  }
  static StunWriter grant_allocation(const StunMessage& request, std::uint32_t seconds = 600) {
    return success(request)
        .add_xor_address(A::kXorRelayedAddress, kRelayed)
        .add_xor_address(A::kXorMappedAddress, kMapped)
        .add_u32(A::kLifetime, seconds);
  }
  void allocate(std::uint32_t seconds = 600) {
    challenge(asked(StunMethod::kAllocate));
    give_signed(grant_allocation(asked(StunMethod::kAllocate), seconds));
    ASSERT_TRUE(next<TurnClient::Allocated>());
  }
  void permit(const SocketAddress& peer = kPeer) {
    client_->permit(peer, now_);
    give_signed(success(asked(StunMethod::kCreatePermission)));
    ASSERT_TRUE(next<TurnClient::Permitted>());
  }
  void bind(const SocketAddress& peer = kPeer) {
    client_->bind_channel(peer, now_);
    give_signed(success(asked(StunMethod::kChannelBind)));
    ASSERT_TRUE(next<TurnClient::Permitted>());
  }

  /// The next event, if it is of this kind.
  template <class T>
  std::optional<T> next() {
    auto event = client_->poll_event();
    if (!event || !std::holds_alternative<T>(*event)) return std::nullopt;
    return std::get<T>(*event);
  }
  bool is_eventless() { return !client_->poll_event(); }
  TurnError refused() {
    const auto event = next<TurnClient::Refused>();
    if (!event) throw std::runtime_error("was not refused");
    return event->error;
  }

  /// Lets time go by, as a driver does; requests go to `unanswered`.
  void pass(Duration duration) {
    const auto end = now_ + duration;
    while (client_->next_timeout() && *client_->next_timeout() <= end) {
      ASSERT_GE(*client_->next_timeout(), now_) << "it asks for the past";
      now_ = *client_->next_timeout();
      client_->on_timeout(now_);
    }
    now_ = end;
  }
  std::size_t dress(const SocketAddress& to, const Bytes& data, std::size_t segment) {
    dressed_.clear();
    return client_->dress(to, data, segment, dressed_);
  }

  Instant now_{1h};
  const Bytes key_ = long_term_key(PasswordAlgorithm::kMd5, kUser, kRealm, kPassword);
  std::unique_ptr<TurnClient> client_;
  std::deque<Bytes> requests_;  ///< what messages that a test holds are views of
  Bytes request_;
  Bytes dressed_;
};

}  // namespace pixelpass::traversal
