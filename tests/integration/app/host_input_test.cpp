#include "app/host/host_input.hpp"

#include "pixelpass/base/own_file.hpp"

#include "stdin_pipe.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;

/// A host's input of --source -, whose standard input a test writes.
class HostInputTest : public testing::Test {
 protected:
  HostInputTest() {
    HostOptions options;
    options.source = SourceKind::kStdin;
    input_.emplace(io_.get_executor(), options, handlers(), kPatience);
  }

  HostInput::Handlers handlers() {
    return {.on_started = [this](const Result<void>& outcome) { started_.push_back(outcome); },
            .on_frame = [this](Frame frame) { frames_.push_back(std::move(frame)); },
            .on_ended = [this](const Error& error) { ended_ = error; },
            .on_described = [](const auto&) {},
            .on_notice = [](const auto&) {},
            .on_hidden = [](const auto&) {}};
  }

  void stop() {
    input_->stop(ExitCode::kInterrupted, [this] { ++stopped_; });
  }

  bool run_until(const std::function<bool()>& reached, Duration within = kPatience) {
    const Instant deadline = Clock::now() + within;
    while (!reached() && Clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    return reached();
  }
  bool starts() {
    return run_until([this] { return !started_.empty(); }) && started_[0].has_value();
  }

  static constexpr Duration kPatience = 20s;
  test::StdinPipe stdin_;
  boost::asio::io_context io_;
  std::vector<Result<void>> started_;
  std::vector<Frame> frames_;
  std::optional<Error> ended_;
  int stopped_ = 0;
  std::optional<HostInput> input_;
};

TEST_F(HostInputTest, GivesFramesOnceItIsToldToPlayAKeyframeFirst) {
  ASSERT_TRUE(stdin_.give_stream());
  ASSERT_TRUE(starts());
  EXPECT_TRUE(frames_.empty());
  input_->apply(source_command::Play{});
  ASSERT_TRUE(run_until([this] { return !frames_.empty(); }));
  EXPECT_TRUE(frames_[0].keyframe);
}

TEST_F(HostInputTest, SaysThatItsSourceHasComeToItsEnd) {
  ASSERT_TRUE(stdin_.give_stream());
  ASSERT_TRUE(starts());
  input_->apply(source_command::Play{});
  stdin_.finish();
  ASSERT_TRUE(run_until([this] { return ended_.has_value(); }));
  EXPECT_EQ(ended_->what, "");
}

TEST_F(HostInputTest, SaysWhyItCouldNotStart) {
  stdin_.finish();
  ASSERT_TRUE(run_until([this] { return !started_.empty(); }));
  ASSERT_FALSE(started_[0].has_value());
  EXPECT_THAT(started_[0].error().what, HasSubstr("standard input"));
}

/// Sooner than it would end by itself, since nothing comes.
TEST_F(HostInputTest, GivesUpAStartThatWaitsAndTellsNoMoreOfIt) {
  stop();
  ASSERT_TRUE(run_until([this] { return stopped_ > 0; }, encode::kFirstGroupWithin - 1s));
  EXPECT_TRUE(started_.empty());
}

TEST_F(HostInputTest, EndsItsSource) {
  ASSERT_TRUE(stdin_.give_stream());
  ASSERT_TRUE(starts());
  input_->apply(source_command::Play{});
  stop();
  ASSERT_TRUE(run_until([this] { return stopped_ > 0; }));
}

TEST_F(HostInputTest, SaysWhyThereIsNoOtherScreenToChoose) {
  const auto objection = [this] { return input_->choose_screen({}).value_or(Error{}).what; };
  EXPECT_THAT(objection(), HasSubstr("does not share yet"));
  ASSERT_TRUE(stdin_.give_stream());
  ASSERT_TRUE(starts());
  EXPECT_THAT(objection(), HasSubstr("passed through"));
  stop();
  EXPECT_THAT(objection(), HasSubstr("ending"));
}

}  // namespace
}  // namespace pixelpass::app
