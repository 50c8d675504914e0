#include "app/host/frame_crossing.hpp"

#include "pixelpass/wire/group_stream.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace pixelpass::app {
namespace {

Frame frame_of(std::size_t bytes, bool keyframe = false) {
  return {SharedBytes::adopt(Bytes(bytes)), Instant{}, keyframe, false};
}

/// The network thread's side, which runs when the test says so.
class FrameCrossingTest : public ::testing::Test {
 protected:
  FrameCrossing make(std::size_t cap_bytes) {
    return FrameCrossing(io_.get_executor(),
                         {[this](Frame frame) { got_.push_back(std::move(frame)); },
                          [this](const Error& error) { ended_.push_back(error.what); }},
                         cap_bytes);
  }
  void run_network() {
    io_.restart();
    io_.run();
  }

  boost::asio::io_context io_;
  std::vector<Frame> got_;
  std::vector<std::string> ended_;
};

TEST_F(FrameCrossingTest, hands_frames_over_in_order_and_only_on_the_network_thread) {
  auto crossing = make(1000);
  crossing.push(frame_of(10, true));
  crossing.push(frame_of(20));
  EXPECT_TRUE(got_.empty());
  run_network();
  ASSERT_EQ(got_.size(), 2U);
  EXPECT_EQ(got_[0].bytes.size(), 10U);
  EXPECT_EQ(got_[1].bytes.size(), 20U);
  EXPECT_EQ(crossing.dropped_frames(), 0U);
}

TEST_F(FrameCrossingTest, over_the_cap_drops_up_to_the_next_keyframe_and_counts) {
  auto crossing = make(100);
  crossing.push(frame_of(80, true));
  crossing.push(frame_of(30));  // over the cap
  run_network();
  crossing.push(frame_of(5));  // there is room again, but it would hang in the air
  crossing.push(frame_of(40, true));
  crossing.push(frame_of(6));
  run_network();
  ASSERT_EQ(got_.size(), 3U);
  EXPECT_FALSE(got_[0].after_gap);
  EXPECT_TRUE(got_[1].keyframe);
  EXPECT_TRUE(got_[1].after_gap);
  EXPECT_FALSE(got_[2].after_gap);
  EXPECT_EQ(crossing.dropped_frames(), 2U);
}

TEST_F(FrameCrossingTest, a_keyframe_over_the_cap_is_dropped_too) {
  auto crossing = make(100);
  crossing.push(frame_of(80, true));
  crossing.push(frame_of(30, true));
  crossing.push(frame_of(1));
  run_network();
  EXPECT_EQ(got_.size(), 1U);
  EXPECT_EQ(crossing.dropped_frames(), 2U);
}

TEST_F(FrameCrossingTest, a_frame_larger_than_the_cap_goes_when_nothing_is_in_flight) {
  auto crossing = make(100);
  crossing.push(frame_of(500, true));
  crossing.push(frame_of(1));
  run_network();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].bytes.size(), 500U);
}

TEST_F(FrameCrossingTest, a_frame_longer_than_viewers_take_is_never_sent_and_named_once) {
  std::vector<std::string> told;
  FrameCrossing crossing(io_.get_executor(),
                         {[this](Frame frame) { got_.push_back(std::move(frame)); }, [](const Error&) {},
                          [&](const Error& error) { told.push_back(error.what); }});
  for (int turn = 0; turn < 3; ++turn) {
    crossing.push(frame_of(wire::kMaxFrameBytes + 1, true));
    crossing.push(frame_of(10));
    run_network();
  }
  EXPECT_TRUE(got_.empty());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find(std::to_string(wire::kMaxFrameBytes + 1)), std::string::npos);
  crossing.push(frame_of(wire::kMaxFrameBytes, true));
  run_network();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_TRUE(got_[0].after_gap);
}

TEST_F(FrameCrossingTest, what_is_delivered_makes_room) {
  auto crossing = make(100);
  for (int i = 0; i < 50; ++i) {
    crossing.push(frame_of(90, i == 0));
    run_network();
  }
  EXPECT_EQ(got_.size(), 50U);
}

TEST_F(FrameCrossingTest, the_end_arrives_after_the_last_frame) {
  auto crossing = make(100);
  crossing.push(frame_of(10, true));
  crossing.end({"the cable was pulled", "", ExitCode::kCouldNotStart});
  io_.restart();
  io_.run_one();
  EXPECT_EQ(got_.size(), 1U);
  EXPECT_TRUE(ended_.empty());
  io_.run_one();
  EXPECT_EQ(ended_, std::vector<std::string>{"the cable was pulled"});
}

TEST_F(FrameCrossingTest, what_is_in_flight_when_it_is_destroyed_never_arrives) {
  {
    auto crossing = make(100);
    crossing.push(frame_of(10, true));
    crossing.end({});
  }
  run_network();
  EXPECT_TRUE(got_.empty());
  EXPECT_TRUE(ended_.empty());
}

/// Two sources' threads against a busy network thread: each frame is delivered or counted.
TEST_F(FrameCrossingTest, loses_no_frame_between_threads_without_counting_it) {
  constexpr int kFrames = 2000;
  auto crossing = make(2000);
  auto work = boost::asio::make_work_guard(io_);
  std::thread network([this] { io_.run(); });
  const auto feed = [&crossing] {
    for (int i = 0; i < kFrames; ++i) crossing.push(frame_of(100, i % 10 == 0));
  };
  std::thread picture(feed);
  std::thread audio(feed);
  picture.join();
  audio.join();
  work.reset();
  network.join();
  EXPECT_EQ(got_.size() + crossing.dropped_frames(), 2U * kFrames);
  const auto hangs_in_the_air = [](const Frame& frame) { return frame.after_gap && !frame.keyframe; };
  EXPECT_TRUE(std::ranges::none_of(got_, hangs_in_the_air));
}

TEST_F(FrameCrossingTest, news_arrive_in_order_with_the_frames_and_not_after_the_end) {
  std::vector<std::size_t> frames_before;
  {
    auto crossing = make(1000);
    crossing.push(frame_of(10, true));
    crossing.post([&] { frames_before.push_back(got_.size()); });
    crossing.push(frame_of(20));
    EXPECT_TRUE(frames_before.empty()) << "on the network thread only";
    run_network();
    crossing.post([&] { frames_before.push_back(99); });
  }
  run_network();
  EXPECT_EQ(frames_before, std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace pixelpass::app
