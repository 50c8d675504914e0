#include "tunnel/group_sender.hpp"

#include "pixelpass/tunnel/identity.hpp"

#include "tunnel/connection_set.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace pixelpass::tunnel {
namespace {

constexpr std::size_t kFrameBytes = 1000;

Frame frame(bool keyframe, std::size_t bytes = kFrameBytes) {
  return {.bytes = SharedBytes::adopt(Bytes(bytes, 7)), .captured_at = Instant{1h}, .keyframe = keyframe};
}

/// Sends what its sender has, if it has one; takes everything.
class Speaker final : public Connection::Protocol {
 public:
  void on_handshake_completed() override {}
  void on_stream_data(std::int64_t, ByteView, bool) override {}
  bool on_stream_closed(std::int64_t, SendStream* send) override {
    if (send && sender) sender->on_stream_closed(*send);
    return true;
  }
  void on_stop_sending(SendStream&) override {}
  SendStream* prepare_next() override { return sender ? sender->prepare_next() : nullptr; }
  [[nodiscard]] bool wants_to_send() const override { return sender && sender->wants_to_send(); }
  void on_closed(const CloseInfo&) override {}

  GroupSender* sender = nullptr;
};

/// Keeps the datagrams that are for the other end.
class Line final : public net::DatagramSink {
 public:
  bool send(const net::Path&, ByteView bytes, std::size_t segment, net::Ecn) override {
    while (!bytes.empty()) {
      const auto one = bytes.first(std::min(segment, bytes.size()));
      datagrams.emplace_back(one.begin(), one.end());
      bytes = bytes.subspan(one.size());
    }
    return true;
  }
  std::deque<Bytes> datagrams;
};

/// A host's connection to a viewer, open, over which a group sender sends a broadcast.
class GroupSenderTest : public ::testing::Test {
 protected:
  GroupSenderTest() {
    auto& viewer = viewers_.add(Connection::dial({viewer_tls_, viewers_.ids(), random_}, kViewerPath,
                                                 KnockKey(Secret{}).make(UnixTime{}, random_),
                                                 identity_.fingerprint(), std::make_unique<Speaker>(), now_));
    viewer_ = &viewer;
    viewers_.flush(to_host_, now_);
    auto speaker = std::make_unique<Speaker>();
    speaker_ = speaker.get();
    host_ = &hosts_.add(Connection::accept({host_tls_, hosts_.ids(), random_}, kHostPath,
                                           to_host_.datagrams.front(), std::move(speaker), now_));
    for (int i = 0; i < 20; ++i) exchange();
    speaker_->sender = &sender_;
    sender_.start(*host_, 0);
  }

  /// One way and back, each a millisecond.
  void exchange() {
    deliver(to_host_, *host_, hosts_, to_viewer_, kHostPath);
    deliver(to_viewer_, *viewer_, viewers_, to_host_, kViewerPath);
  }
  void send_all() {
    sender_.update(now_);
    for (int i = 0; i < 20; ++i) exchange();
  }

  static inline const net::Path kViewerPath{*SocketAddress::parse("192.0.2.2:2"),
                                            *SocketAddress::parse("192.0.2.1:1")};
  static inline const net::Path kHostPath{kViewerPath.remote, kViewerPath.local};
  Instant now_{1h};
  Broadcast broadcast_{{.groups = 2}};
  GroupSender sender_{broadcast_, 500ms};

 private:
  void deliver(Line& from, Connection& to, ConnectionSet& set, Line& back, const net::Path& path) {
    now_ += 1ms;
    for (; !from.datagrams.empty(); from.datagrams.pop_front())
      to.on_datagram(path, from.datagrams.front(), 0, now_);
    set.on_timeout(now_);
    set.touch(to);
    set.flush(back, now_);
  }

  Random random_ = seeded_random(1);
  Identity identity_ = Identity::generate(random_);
  TlsContext host_tls_ = TlsContext::host(identity_);
  TlsContext viewer_tls_ = TlsContext::viewer();
  Line to_host_;
  Line to_viewer_;
  Speaker* speaker_ = nullptr;
  Connection* host_ = nullptr;
  Connection* viewer_ = nullptr;
  ConnectionSet viewers_;
  ConnectionSet hosts_;
};

TEST_F(GroupSenderTest, TakesNoFrameToTellWhetherItWantsToSend) {
  EXPECT_FALSE(sender_.wants_to_send());
  broadcast_.push(frame(true));
  sender_.update(now_);
  EXPECT_TRUE(sender_.wants_to_send());
  EXPECT_EQ(sender_.counters().bytes, 0);
  EXPECT_NE(sender_.prepare_next(), nullptr);
  EXPECT_EQ(sender_.counters().bytes, kFrameBytes);
  EXPECT_TRUE(sender_.wants_to_send());
}

TEST_F(GroupSenderTest, WantsToSendUntilAllIsSent) {
  broadcast_.push(frame(true));
  send_all();
  EXPECT_FALSE(sender_.wants_to_send());
  EXPECT_EQ(sender_.prepare_next(), nullptr);
  broadcast_.push(frame(false));
  EXPECT_TRUE(sender_.wants_to_send());
}

TEST_F(GroupSenderTest, WantsToSendThatAGroupIsOver) {
  broadcast_.push(frame(true));
  send_all();
  broadcast_.push(frame(true));  // the sender has not begun this one
  EXPECT_TRUE(sender_.wants_to_send());
  send_all();
  EXPECT_FALSE(sender_.wants_to_send());
}

TEST_F(GroupSenderTest, WantsToSendNothingOfAGroupThatIsGone) {
  broadcast_.push(frame(true));
  send_all();
  broadcast_.push(frame(false));
  for (int i = 0; i < 3; ++i) broadcast_.push(frame(true));
  EXPECT_FALSE(sender_.wants_to_send());
  EXPECT_EQ(sender_.counters().skipped_groups, 0u);
  EXPECT_EQ(sender_.prepare_next(), nullptr);
  EXPECT_EQ(sender_.counters().skipped_groups, 1u);
}

}  // namespace
}  // namespace pixelpass::tunnel
