#include "app/view/viewer_session.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include "sim_call.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

namespace pixelpass::sim {
namespace {

using namespace std::chrono_literals;
using app::ViewCommand;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kViewingSeed = 11;
constexpr Duration kFrameInterval = 33ms;
constexpr std::size_t kFramesAGroup = 60;

/// Reads as a file does.
class Reader final : public playback::Output {
 public:
  explicit Reader(const Broadcast& broadcast) : broadcast_(broadcast) {}
  void on_broadcast() override {
    while (const auto item = broadcast_.next(cursor_)) {
      const auto bytes = item->frame->bytes.view();
      read.insert(read.end(), bytes.begin(), bytes.end());
      ++frames;
      if (item->frame->after_gap) ++gaps;
    }
  }
  [[nodiscard]] bool in_use() const override { return true; }

  Bytes read;
  std::size_t frames = 0;
  std::size_t gaps = 0;

 private:
  const Broadcast& broadcast_;
  Cursor cursor_;
};

/// A host whose stream is MPEG-TS, and one viewer's session with one output.
class Watching : public testing::Test {
 protected:
  void SetUp() override { make({}); }

  void make(std::optional<Duration> duration) {
    app::ViewerSessionSettings settings;
    settings.tunnel.ticket = host_.ticket();
    settings.tunnel.name = "viewer";
    settings.started_at = network_.now() - 100ms;
    settings.duration = duration;
    settings.load = [this] {
      ++loads_asked_;
      return load_;
    };
    settings.narrow_line = [this](const auto& paths) { return paths.empty() ? std::nullopt : narrow_; };
    const auto address = *SocketAddress::parse("203.0.113.1:5000");
    session_ = std::make_unique<app::ViewerSession>(std::move(settings), address, seeded_random(kViewingSeed),
                                                    network_.now(), network_.wall_clock());
    reader_.emplace(session_->receiver().broadcast());
    session_->receiver().add(*reader_);
    node_ = network_.add(*session_, address);
    network_.set_both(node_, {.delay = 20ms});
    network_.on_step = [this] { drain(); };
    session_->start({{"http://127.0.0.1:1/x", {"mpv"}, {"vlc"}}, {{"a notice", "a hint"}}}, network_.now());
  }

  void drain() {
    host_.drain();
    session_->advance(network_.now());
    while (auto event = session_->poll_event()) events_.push_back(std::move(*event));
    while (const auto command = session_->poll_command()) commands_.push_back(*command);
  }

  /// A picture now, and one after each interval from now on.
  void show() {
    if (!showing_) return;
    const auto at = network_.now();
    auto frame = writer_.write({.bytes = SharedBytes::copy_of(picture_),
                                .kind = AccessUnit::Kind::kVideo,
                                .pts = at - Instant{},
                                .captured_at = at,
                                .duration = {},
                                .keyframe = shown_++ % kFramesAGroup == 0});
    const auto bytes = frame.bytes.view();
    sent_.insert(sent_.end(), bytes.begin(), bytes.end());
    host_.push(std::move(frame));
    network_.at(at + kFrameInterval, [this] { show(); });
  }
  void cut(bool is_cut) { network_.set_both(node_, {.delay = 20ms, .cut = is_cut}); }
  bool until_frames(std::size_t count, Duration at_most = 10s) {
    return network_.run_until([&] { return reader_->frames >= count; }, at_most);
  }
  bool until_command(ViewCommand command, Duration at_most = 10s) {
    return network_.run_until([&] { return std::ranges::count(commands_, command) > 0; }, at_most);
  }
  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& event : events_)
      if (const auto* one = std::get_if<T>(&event)) found.push_back(*one);
    return found;
  }
  /// The kinds of all events but statistics, in their order.
  [[nodiscard]] std::vector<std::string> story() const {
    std::vector<std::string> kinds;
    for (const auto& event : events_) {
      const std::string kind = std::visit(
          [](const auto& one) -> std::string {
            using T = std::decay_t<decltype(one)>;
            if constexpr (std::is_same_v<T, app::Notice>) return one.what;
            if constexpr (std::is_same_v<T, app::Connecting>) return "connecting";
            if constexpr (std::is_same_v<T, app::Connected>) return "connected";
            if constexpr (std::is_same_v<T, app::EndpointReady>) return "endpoint";
            if constexpr (std::is_same_v<T, app::FirstFrame>) return "first frame";
            if constexpr (std::is_same_v<T, app::Reconnecting>) return "reconnecting";
            if constexpr (std::is_same_v<T, app::Failed>) return "failed";
            return "";
          },
          event);
      if (!kind.empty()) kinds.push_back(kind);
    }
    return kinds;
  }

  Network network_{kViewingSeed};
  SimHost host_{network_, kViewingSeed};
  mpegts::TsWriter writer_{{.video = true, .audio = false}};
  const Bytes picture_ = [] {
    Bytes bytes(8000, 0x5a);
    std::ranges::copy(Bytes{0, 0, 0, 1, 0x65}, bytes.begin());
    return bytes;
  }();
  std::optional<net::NarrowLine> narrow_;
  Bytes sent_;
  std::size_t shown_ = 0;
  bool showing_ = true;
  app::ViewLoad load_;
  int loads_asked_ = 0;
  std::unique_ptr<app::ViewerSession> session_;
  std::optional<Reader> reader_;
  Network::NodeId node_{};
  std::vector<app::ViewEvent> events_;
  std::vector<ViewCommand> commands_;
};

TEST_F(Watching, TellsHowItConnectsOnceEachAndInThisOrder) {
  show();
  ASSERT_TRUE(until_frames(100));
  EXPECT_THAT(story(), ElementsAre("connecting", "connected", "endpoint", "a notice", "first frame"));
  EXPECT_THAT(commands_, ElementsAre(ViewCommand::kOpenPlayer));
  EXPECT_EQ(all<app::Connected>().front().host, "host");
  const auto first = all<app::FirstFrame>().front();
  EXPECT_EQ(first.took, 100ms + all<app::Connected>().front().took + first.since_connect);
}

TEST_F(Watching, WaitsForAHostThatIsStillStartingAndOpensNothingBefore) {
  StreamDescription stream;
  host_.tunnel().describe(stream);
  network_.run_for(1min);
  host_.tunnel().describe(stream);
  network_.touch(host_.node());
  network_.run_for(1min);
  const auto waits = HasSubstr("has not begun to share");
  EXPECT_THAT(story(), ElementsAre("connecting", "connected", waits));
  EXPECT_THAT(commands_, testing::IsEmpty());
  stream.source = "test";
  host_.tunnel().describe(stream);
  show();
  ASSERT_TRUE(until_frames(100));
  EXPECT_THAT(story(), ElementsAre("connecting", "connected", waits, "endpoint", "a notice", "first frame"));
  EXPECT_THAT(commands_, ElementsAre(ViewCommand::kOpenPlayer));
}

TEST_F(Watching, OpensThePlayerForAHostThatNeverSaysWhatItShares) {
  host_.tunnel().describe({});
  show();
  ASSERT_TRUE(until_frames(1));
  EXPECT_THAT(commands_, ElementsAre(ViewCommand::kOpenPlayer));
}

TEST_F(Watching, TellsOnceThatAStreamHasNoPictureYet) {
  ASSERT_TRUE(network_.run_until([&] { return !all<app::Connected>().empty(); }, 5s));
  network_.run_for(app::ViewerSession::kPictureWithin - 1s);
  const std::vector<std::string> silent{"connecting", "connected", "endpoint", "a notice"};
  EXPECT_EQ(story(), silent);
  network_.run_for(1min);
  auto told = silent;
  told.emplace_back("connected, but no picture has come yet: what is shared has had no keyframe so far");
  EXPECT_EQ(story(), told);
  show();
  ASSERT_TRUE(until_frames(1));
  network_.run_for(1min);
  told.emplace_back("first frame");
  EXPECT_EQ(story(), told);
}

TEST_F(Watching, TheOutputGetsWhatTheHostSentByteForByte) {
  show();
  ASSERT_TRUE(until_frames(3 * kFramesAGroup));
  ASSERT_LE(reader_->read.size(), sent_.size());
  EXPECT_TRUE(std::ranges::equal(reader_->read, std::span(sent_).first(reader_->read.size())));
  EXPECT_EQ(session_->receiver().skipped_groups(), 0U);
}

TEST_F(Watching, TellsStatisticsOfEachSecondOnceItIsConnected) {
  load_.cpu_percent = 12;
  load_.rss = 345;
  load_.player_lag = 80ms;
  show();
  ASSERT_TRUE(until_frames(1));
  network_.run_for(5s);
  EXPECT_EQ(loads_asked_, static_cast<int>(all<app::ReceiveStats>().size()));
  EXPECT_THAT(all<app::ReceiveStats>(), testing::SizeIs(testing::AllOf(testing::Ge(4U), testing::Le(6U))));
  const auto stats = all<app::ReceiveStats>().back();
  EXPECT_NEAR(stats.fps, 30, 1.1);
  EXPECT_NEAR(static_cast<double>(stats.bitrate_bps), 30.3 * 8300 * 8, 150'000);
  EXPECT_GE(stats.lag_p50, 20ms);
  EXPECT_LE(stats.lag_p95, 25ms);
  EXPECT_GE(stats.rtt, 42ms);
  EXPECT_EQ(stats.cpu_percent, 12);
  EXPECT_EQ(stats.rss, 345U);
  EXPECT_EQ(stats.player_lag, 80ms);
  EXPECT_EQ(host_.tunnel().viewers().front().lag,
            std::chrono::floor<std::chrono::microseconds>(stats.lag_p50))
      << "the host is told, too";
}

TEST_F(Watching, WhoIsLeftBehindIsToldWhyAndNotMoreOftenThanItCares) {
  ASSERT_TRUE(network_.run_until([&] { return all<app::Connected>().size() == 1; }, 5s));
  const auto told = [&] {
    return std::ranges::count_if(all<app::Notice>(), [](const app::Notice& notice) {
      return notice.what.find("your line carries 0.4 Mbit/s") != std::string::npos;
    });
  };
  const auto say = [&] {
    host_.tunnel().tell(1, {.line_bps = 400'000, .picture_bps = 3'000'000});
    network_.touch(host_.node());
    network_.run_for(100ms);
  };
  say();
  EXPECT_EQ(told(), 1);
  for (int i = 0; i < 20; ++i) say();
  EXPECT_LE(told(), 5) << "a host that says it again and again";
  host_.tunnel().tell(2, {});  // is not here
  EXPECT_FALSE(session_->exit_code());
}

TEST_F(Watching, APlayerThatDropsPicturesIsReportedToTheHostAndToldOfOnce) {
  show();
  ASSERT_TRUE(until_frames(1));
  const auto told = [&] {
    return std::ranges::count_if(all<app::Notice>(), [](const app::Notice& notice) {
      return notice.what.find("does not show all pictures in time") != std::string::npos;
    });
  };
  load_.player_dropped = 1;
  network_.run_for(5s);
  EXPECT_FALSE(host_.tunnel().viewers().front().is_player_slow);
  load_.player_dropped = 8;
  network_.run_for(5s);
  EXPECT_TRUE(host_.tunnel().viewers().front().is_player_slow);
  EXPECT_EQ(told(), 1);
  load_.player_dropped = 0;
  network_.run_for(3s);
  EXPECT_FALSE(host_.tunnel().viewers().front().is_player_slow);
  load_.player_dropped = 8;
  network_.run_for(5s);
  EXPECT_EQ(told(), 1);
}

TEST_F(Watching, ALineThatTakesSmallerPacketsThanAreNeededIsWhyItIsLost) {
  show();
  ASSERT_TRUE(until_frames(30));
  narrow_ = net::NarrowLine{host_.ticket().candidates.front().address, 1100, 1228};
  cut(true);
  ASSERT_TRUE(until_command(ViewCommand::kEnd, 90s));
  const auto lost = all<app::Reconnecting>();
  ASSERT_GE(lost.size(), 2U);
  for (const auto& one : lost) EXPECT_THAT(one.reason, HasSubstr("; the line to")) << one.attempt;
  EXPECT_THAT(all<app::Failed>().back().error.what, HasSubstr("takes packets of at most 1100 bytes"));
}

TEST_F(Watching, AfterALossItTellsOfItAndGoesOnWithAMarkedGap) {
  show();
  ASSERT_TRUE(until_frames(30));
  const auto before = reader_->frames;
  const auto gaps = reader_->gaps;
  cut(true);
  network_.run_for(8s);
  EXPECT_FALSE(all<app::Reconnecting>().empty());
  cut(false);
  ASSERT_TRUE(until_frames(before + 60, 20s));
  EXPECT_EQ(reader_->gaps, gaps + 1);
  EXPECT_EQ(all<app::Connected>().size(), 2U);
  EXPECT_EQ(all<app::FirstFrame>().size(), 1U);
  EXPECT_EQ(all<app::EndpointReady>().size(), 1U);
  EXPECT_FALSE(session_->exit_code());
}

TEST_F(Watching, AHostThatLeavesIsFollowedOnceOutputsHaveTheRest) {
  show();
  ASSERT_TRUE(until_frames(10));
  showing_ = false;
  host_.tunnel().close("enough", network_.now());
  network_.touch(host_.node());
  ASSERT_TRUE(until_command(ViewCommand::kDrainOutputs));
  EXPECT_FALSE(session_->exit_code());
  session_->on_player_exit(0, network_.now());  // at the end of what there was: no end of its own
  EXPECT_FALSE(session_->exit_code());
  session_->on_drained();
  drain();
  EXPECT_EQ(session_->exit_code(), ExitCode::kDone);
  EXPECT_EQ(std::ranges::count(commands_, ViewCommand::kEnd), 1);
  session_->close(network_.now());
  const auto ended = session_->ended(network_.now());
  EXPECT_EQ(ended.reason, "the host ended: enough");
  EXPECT_GE(ended.bytes, reader_->read.size());
  EXPECT_TRUE(ended.lag);
}

TEST_F(Watching, WhoLeavesSaysGoodbyeToTheHost) {
  show();
  ASSERT_TRUE(until_frames(10));
  session_->stop("interrupted", ExitCode::kInterrupted);
  session_->stop("something else", ExitCode::kDone);
  drain();
  EXPECT_EQ(session_->exit_code(), ExitCode::kInterrupted);
  session_->close(network_.now());
  network_.touch(node_);
  ASSERT_TRUE(network_.run_until([&] { return host_.count<tunnel::SessionClosed>() == 1; }, 5s));
  EXPECT_EQ(session_->ended(network_.now()).reason, "interrupted");
}

TEST_F(Watching, AHostThatDoesNotAnswerIsAFailureWithTheAddressesThatWereTried) {
  cut(true);
  ASSERT_TRUE(until_command(ViewCommand::kEnd, 20s));
  EXPECT_EQ(session_->exit_code(), ExitCode::kNotReachable);
  EXPECT_THAT(story(), ElementsAre("connecting", "failed"));
  EXPECT_THAT(all<app::Failed>().front().error.what, HasSubstr(host_.address().to_string()));
  EXPECT_TRUE(all<app::ReceiveStats>().empty()) << "it was never connected";
}

TEST_F(Watching, WhatIsNoStreamIsToldOfOnceAndNotPassedOn) {
  ASSERT_TRUE(network_.run_until([&] { return all<app::Connected>().size() == 1; }, 5s));
  host_.show({});
  network_.run_for(10s);
  EXPECT_EQ(reader_->frames, 0U);
  EXPECT_THAT(story(), ElementsAre("connecting", "connected", "endpoint", "a notice",
                                   HasSubstr("something that is not MPEG-TS")));
}

TEST_F(Watching, APlayerThatBeginsInTheMiddleOfAGroupGetsANewerOne) {
  EXPECT_FALSE(session_->on_player_begins(network_.now())) << "there is nothing to wait for";
  show();
  ASSERT_TRUE(until_frames(20));
  const auto asked = host_.count<tunnel::KeyframeWanted>();
  EXPECT_TRUE(session_->on_player_begins(network_.now()));
  network_.touch(node_);
  EXPECT_TRUE(network_.run_until([&] { return host_.count<tunnel::KeyframeWanted>() > asked; }, 5s));
}

}  // namespace
}  // namespace pixelpass::sim
