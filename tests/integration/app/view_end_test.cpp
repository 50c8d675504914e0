#include "app/view/view_end.hpp"

#include "event_reader.hpp"
#include "quiet_view.hpp"
#include "run_until.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;

/// A view that is over, with outputs that are written for as long as a test wants.
class ViewEndTest : public testing::Test {
 protected:
  ViewEndTest() {
    session_.stop("the player was closed", ExitCode::kDone);
    session_.close(Clock::now());
    end_.begin([this] { is_done_ = true; });
  }
  void written(const MissingEnds& missing) { std::exchange(when_written_, {})(missing); }

  boost::asio::io_context io_;
  ViewerSession session_{quiet_view(), *SocketAddress::parse("127.0.0.1:5000"), seeded_random(1),
                         Clock::now(), system_wall_time};
  EventReader events_;
  std::function<void(const MissingEnds&)> when_written_;
  bool is_done_ = false;
  ViewEnd end_{io_, session_, [this](auto done) { when_written_ = std::move(done); }, events_};
};

const Error kDiskFull{"the disk is full", "make room", ExitCode::kCouldNotStart};

TEST_F(ViewEndTest, IsToldOnceAllIsWritten) {
  EXPECT_TRUE(end_.has_begun());
  EXPECT_TRUE(events_.read.empty());
  EXPECT_FALSE(is_done_);
  written({});
  ASSERT_EQ(events_.read.size(), 1U);
  EXPECT_EQ(events_.last<Ended>()->reason, "the player was closed");
  EXPECT_TRUE(is_done_);
  EXPECT_EQ(session_.exit_code(), ExitCode::kDone);
}

TEST_F(ViewEndTest, OfARecordingThatLacksItsOwnIsNoSuccess) {
  written({.recording = kDiskFull, .pipe = std::nullopt});
  ASSERT_TRUE(events_.last<Notice>());
  EXPECT_THAT(events_.last<Notice>()->what, HasSubstr("recording's end is missing: the disk is full"));
  EXPECT_TRUE(std::holds_alternative<Ended>(events_.read.back()));
  EXPECT_EQ(session_.exit_code(), kDiskFull.exit_code);
}

TEST_F(ViewEndTest, NamesAStreamThatLacksItsEnd) {
  written({.recording = std::nullopt, .pipe = kDiskFull});
  ASSERT_TRUE(events_.last<Notice>());
  EXPECT_THAT(events_.last<Notice>()->what, HasSubstr("stream's end is missing"));
}

TEST_F(ViewEndTest, SaysNothingOfAReaderWhoHasHadWhatItWanted) {
  written({.recording = std::nullopt, .pipe = Error{"nobody reads", "", ExitCode::kDone}});
  EXPECT_FALSE(events_.last<Notice>());
  EXPECT_TRUE(is_done_);
}

TEST_F(ViewEndTest, SaysWhatItWaitsForOnASlowDisk) {
  ASSERT_TRUE(test::run_until(io_, [&] { return events_.last<Notice>() != nullptr; }));
  EXPECT_THAT(events_.last<Notice>()->what, HasSubstr("waiting for the end of the recording"));
  EXPECT_FALSE(is_done_);
  written({});
  EXPECT_TRUE(is_done_);
}

}  // namespace
}  // namespace pixelpass::app
