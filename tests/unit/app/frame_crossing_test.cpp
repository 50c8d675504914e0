#include "app/host/frame_crossing.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"
#include "pixelpass/wire/group_stream.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace pixelpass::app {
namespace {

AccessUnit unit_of(std::size_t bytes, bool keyframe = false) {
  AccessUnit unit;
  unit.bytes = SharedBytes::adopt(Bytes(bytes));
  unit.keyframe = keyframe;
  return unit;
}
Frame frame_of(std::size_t bytes, bool keyframe = false) {
  return {SharedBytes::adopt(Bytes(bytes)), Instant{}, keyframe, false};
}
bool after_gap(const MediaUnit& unit) {
  return std::visit([](const auto& either) { return either.after_gap; }, unit);
}

/// The network thread's side, which runs when the test says so.
class FrameCrossingTest : public ::testing::Test {
 protected:
  FrameCrossing make(std::size_t cap_bytes) {
    return FrameCrossing(io_.get_executor(),
                         {[this](MediaUnit unit) { got_.push_back(std::move(unit)); },
                          [this](const Error& error) { ended_.push_back(error.what); }},
                         cap_bytes);
  }
  void run_network() {
    io_.restart();
    io_.run();
  }

  boost::asio::io_context io_;
  std::vector<MediaUnit> got_;
  std::vector<std::string> ended_;
};

TEST_F(FrameCrossingTest, hands_frames_over_in_order_and_only_on_the_network_thread) {
  auto crossing = make(1000);
  crossing.push(unit_of(10, true));
  crossing.push(unit_of(20));
  EXPECT_TRUE(got_.empty());
  run_network();
  ASSERT_EQ(got_.size(), 2U);
  EXPECT_EQ(byte_count(got_[0]), 10U);
  EXPECT_EQ(byte_count(got_[1]), 20U);
  EXPECT_EQ(crossing.dropped_frames(), 0U);
}

TEST_F(FrameCrossingTest, over_the_cap_drops_up_to_the_next_keyframe_and_counts) {
  auto crossing = make(100);
  crossing.push(unit_of(80, true));
  crossing.push(unit_of(30));  // over the cap
  run_network();
  crossing.push(unit_of(5));  // there is room again, but it would hang in the air
  crossing.push(unit_of(40, true));
  crossing.push(unit_of(6));
  run_network();
  ASSERT_EQ(got_.size(), 3U);
  EXPECT_FALSE(after_gap(got_[0]));
  EXPECT_TRUE(is_keyframe(got_[1]));
  EXPECT_TRUE(after_gap(got_[1]));
  EXPECT_FALSE(after_gap(got_[2]));
  EXPECT_EQ(crossing.dropped_frames(), 2U);
}

TEST_F(FrameCrossingTest, a_keyframe_over_the_cap_is_dropped_too) {
  auto crossing = make(100);
  crossing.push(unit_of(80, true));
  crossing.push(unit_of(30, true));
  crossing.push(unit_of(1));
  run_network();
  EXPECT_EQ(got_.size(), 1U);
  EXPECT_EQ(crossing.dropped_frames(), 2U);
}

TEST_F(FrameCrossingTest, a_frame_larger_than_the_cap_goes_when_nothing_is_in_flight) {
  auto crossing = make(100);
  crossing.push(unit_of(500, true));
  crossing.push(unit_of(1));
  run_network();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(byte_count(got_[0]), 500U);
}

TEST_F(FrameCrossingTest, a_frame_longer_than_viewers_take_is_never_sent_and_named_once) {
  std::vector<std::string> told;
  FrameCrossing crossing(io_.get_executor(),
                         {[this](MediaUnit unit) { got_.push_back(std::move(unit)); }, [](const Error&) {},
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
  EXPECT_TRUE(after_gap(got_[0]));
}

TEST_F(FrameCrossingTest, a_unit_that_is_too_long_once_it_is_mpeg_ts_is_not_sent) {
  auto crossing = make(FrameCrossing::kDefaultCapBytes);
  crossing.push(unit_of(wire::kMaxFrameBytes - 1000, true));
  crossing.push(unit_of(wire::kMaxFrameBytes / 188 * 183, true));
  run_network();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(byte_count(got_[0]), wire::kMaxFrameBytes / 188 * 183);
  mpegts::TsWriter writer({});
  EXPECT_LE(writer.write(std::get<AccessUnit>(got_[0])).bytes.size(), wire::kMaxFrameBytes);
}

TEST_F(FrameCrossingTest, bytes_that_cross_are_those_that_were_pushed) {
  auto crossing = make(1000);
  AccessUnit unit = unit_of(100, true);
  unit.pts = std::chrono::milliseconds(40);
  crossing.push(unit);
  crossing.push(frame_of(188));
  run_network();
  ASSERT_EQ(got_.size(), 2U);
  EXPECT_EQ(std::get<AccessUnit>(got_[0]).bytes.data(), unit.bytes.data());
  EXPECT_EQ(std::get<AccessUnit>(got_[0]).pts, unit.pts);
  EXPECT_TRUE(std::holds_alternative<Frame>(got_[1]));
}

TEST_F(FrameCrossingTest, what_is_delivered_makes_room) {
  auto crossing = make(100);
  for (int i = 0; i < 50; ++i) {
    crossing.push(unit_of(90, i == 0));
    run_network();
  }
  EXPECT_EQ(got_.size(), 50U);
}

TEST_F(FrameCrossingTest, the_end_arrives_after_the_last_frame) {
  auto crossing = make(100);
  crossing.push(unit_of(10, true));
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
    crossing.push(unit_of(10, true));
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
    for (int i = 0; i < kFrames; ++i) crossing.push(unit_of(100, i % 10 == 0));
  };
  std::thread picture(feed);
  std::thread audio(feed);
  picture.join();
  audio.join();
  work.reset();
  network.join();
  EXPECT_EQ(got_.size() + crossing.dropped_frames(), 2U * kFrames);
  const auto hangs_in_the_air = [](const MediaUnit& unit) { return after_gap(unit) && !is_keyframe(unit); };
  EXPECT_TRUE(std::ranges::none_of(got_, hangs_in_the_air));
}

TEST_F(FrameCrossingTest, news_arrive_in_order_with_the_frames_and_not_after_the_end) {
  std::vector<std::size_t> frames_before;
  {
    auto crossing = make(1000);
    crossing.push(unit_of(10, true));
    crossing.post([&] { frames_before.push_back(got_.size()); });
    crossing.push(unit_of(20));
    EXPECT_TRUE(frames_before.empty()) << "on the network thread only";
    run_network();
    crossing.post([&] { frames_before.push_back(99); });
  }
  run_network();
  EXPECT_EQ(frames_before, std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace pixelpass::app
