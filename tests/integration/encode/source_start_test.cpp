#include "pixelpass/encode/source_start.hpp"

#include "fake_desk.hpp"
#include "stand_in_va.hpp"
#include "support.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>

#include <future>

namespace pixelpass::encode {
namespace {

using test::Collector;
using test::FakeDesk;
using test::kPatience;
using testing::HasSubstr;

/// Something that a test lets happen, or that the user does not live to see.
class Answer {
 public:
  void give() {
    const std::lock_guard lock(mutex_);
    given_ = true;
    changed_.notify_all();
  }
  /// As a dialog's is waited for: throws when that is given up.
  void wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    asked_ = true;
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return given_; });
    if (!given_) throw StartupError(interrupted());
  }
  bool wait_until_asked() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return asked_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool asked_ = false;
  bool given_ = false;
};

/// A start of a screen for which the user is asked.
class SourceStartTest : public testing::Test {
 protected:
  SourceStartTest() { gst::start_gstreamer(); }

  void start(ScreenSourceSettings settings = {}) {
    begin([this, settings](const std::stop_token& stop) mutable {
      settings.stop = stop;
      const auto make_screen = [this, stop](capture::ScreenCallbacks callbacks) {
        answer_.wait(stop);
        return desk_.make_screen()(std::move(callbacks));
      };
      return make_screen_source(settings, make_screen, {}, collector_.callbacks());
    });
  }
  void begin(SourceStart::Make make) {
    start_.emplace(std::move(make), [this] { over_.set_value(); });
  }
  bool is_over() { return over_.get_future().wait_for(kPatience) == std::future_status::ready; }
  /// Of one that was given up: what it threw is the same, whatever waited.
  void expect_interrupted() {
    ASSERT_TRUE(is_over());
    const auto outcome = start_->take();
    ASSERT_TRUE(outcome.has_error());
    EXPECT_EQ(outcome.error().exit_code, ExitCode::kInterrupted);
  }

  Collector collector_;
  FakeDesk desk_{{320, 240}};
  Answer answer_;
  std::promise<void> over_;
  std::optional<SourceStart> start_;
};

TEST_F(SourceStartTest, AnAnswerThatComesLateIsWaitedForByNobodyElse) {
  start();
  ASSERT_TRUE(answer_.wait_until_asked());
  answer_.give();
  ASSERT_TRUE(is_over());
  const auto source = start_->take().value();
  EXPECT_EQ(source->describe().source, "fake");
  EXPECT_EQ(source->describe().width, 320);
  source->play();
  EXPECT_TRUE(collector_.wait_for_frames(3));
}

TEST_F(SourceStartTest, AnAnswerThatNeverComesIsGivenUp) {
  start();
  ASSERT_TRUE(answer_.wait_until_asked());
  start_->give_up();
  expect_interrupted();
}

TEST_F(SourceStartTest, IsDestroyedWhileItWaits) {
  start();
  ASSERT_TRUE(answer_.wait_until_asked());
  start_.reset();
  EXPECT_TRUE(is_over()) << "told, and nothing after that";
}

TEST_F(SourceStartTest, ASourceThatNobodyTakesDiesWithIt) {
  answer_.give();
  start();
  ASSERT_TRUE(is_over());
  desk_.notice({"it is there", ""});
  EXPECT_EQ(collector_.notices().size(), 1U);
  start_.reset();
  desk_.notice({"it has gone", ""});
  EXPECT_EQ(collector_.notices().size(), 1U);
}

TEST_F(SourceStartTest, WhatCannotStartSaysWhy) {
  ScreenSourceSettings settings;
  settings.encoder = "h263";
  start(settings);
  ASSERT_TRUE(is_over());
  const auto outcome = start_->take();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().exit_code, ExitCode::kUsage);
}

ScreenSourceSettings with_va() {
  ScreenSourceSettings settings;
  settings.encoder = "vaapi";
  settings.encoder_facts = machine_with_a_gpu();
  return settings;
}

TEST_F(SourceStartTest, AnEncoderThatFailsItsTrialSaysWhy) {
  if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const StandInVa stand_in(StandInVa::Kind::kFailsAtAPicture);
  answer_.give();
  start(with_va());
  ASSERT_TRUE(is_over());
  const auto outcome = start_->take();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().exit_code, ExitCode::kCouldNotStart);
  EXPECT_THAT(outcome.error().what, HasSubstr("vah264enc"));
}

TEST_F(SourceStartTest, ATrialThatDragsOnIsGivenUp) {
  if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const StandInVa stand_in(StandInVa::Kind::kSwallowsPictures);
  begin([&](const std::stop_token& stop) {
    auto settings = with_va();
    settings.stop = stop;
    const auto make_screen = [this](capture::ScreenCallbacks callbacks) {
      answer_.wait({});  // whatever is given up: the trial is what has to notice
      return desk_.make_screen()(std::move(callbacks));
    };
    return make_screen_source(settings, make_screen, {}, collector_.callbacks());
  });
  ASSERT_TRUE(answer_.wait_until_asked());
  start_->give_up();
  answer_.give();
  expect_interrupted();
}

TEST_F(SourceStartTest, AMistakeOfOursIsAnErrorLikeAnother) {
  begin([](const std::stop_token&) -> std::unique_ptr<MediaSource> { throw std::runtime_error("oh"); });
  ASSERT_TRUE(is_over());
  const auto outcome = start_->take();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_THAT(outcome.error().what, HasSubstr("unexpected: oh"));
}

TEST_F(SourceStartTest, InputThatDoesNotComeIsGivenUp) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  begin([&](const std::stop_token& stop) {
    return make_stdin_source(ends[0], collector_.callbacks(), 10min, stop);
  });
  start_->give_up();
  expect_interrupted();
  for (const int end : ends) close(end);
}

}  // namespace
}  // namespace pixelpass::encode
