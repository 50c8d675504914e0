#include "app/view/viewer_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace pixelpass::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Instant kSessionStart{1000s};
const Error kDiskFull{"the disk is full", "make room", ExitCode::kCouldNotStart};
const Error kReaderGone{"nobody reads", "", ExitCode::kDone};

class FakeOutput final : public playback::Output {
 public:
  void on_broadcast() override {}
  [[nodiscard]] bool in_use() const override { return used; }

  bool used = true;
};

/// A session that nothing answers, and what becomes of its outputs.
class ViewerSessionTest : public testing::Test {
 protected:
  void make(std::optional<Duration> duration = {}, std::optional<UnixTime> expires_at = {},
            PlayerEnd player_end = PlayerEnd::kUsual) {
    ViewerSessionSettings settings;
    settings.player_end = player_end;
    settings.tunnel.ticket.candidates = {{CandidateKind::kHost, *SocketAddress::parse("198.51.100.1:4433")}};
    settings.tunnel.ticket.expires_at = expires_at;
    settings.started_at = kSessionStart;
    settings.duration = duration;
    settings.load = [] { return ViewLoad(); };
    session_.emplace(std::move(settings), *SocketAddress::parse("203.0.113.1:5000"), seeded_random(1),
                     kSessionStart, [] { return UnixTime(2'000'000s); });
    session_->receiver().add(endpoint_);
    session_->receiver().add(recorder_);
    session_->start({}, kSessionStart);
  }
  void SetUp() override {
    make();
    drain();
    told_.clear();
  }
  void drain() {
    while (auto event = session_->poll_event()) {
      if (const auto* notice = std::get_if<Notice>(&*event)) told_.push_back(notice->what);
      if (const auto* failed = std::get_if<Failed>(&*event)) told_.push_back("failed: " + failed->error.what);
      if (std::holds_alternative<Connecting>(*event)) told_.emplace_back("connecting");
    }
    while (const auto command = session_->poll_command()) {
      commands_.push_back(*command);
      if (*command == ViewCommand::kAskUser) told_.push_back(session_->question().what);
    }
  }
  /// A session whose player is open, and nobody else watches.
  void make_watched(PlayerEnd player_end) {
    endpoint_.used = false;
    recorder_.used = false;
    make({}, {}, player_end);
    session_->on_player_opened();
    drain();
    told_.clear();
  }
  void answer(const std::string& line) {
    session_->on_answer(line);
    drain();
  }
  void recording_fails() {
    session_->receiver().remove(recorder_);
    session_->on_recording_failed(kDiskFull, 5 << 20);
    drain();
  }
  void expect_goes_on() {
    EXPECT_FALSE(session_->exit_code());
    EXPECT_THAT(commands_, IsEmpty());
  }
  void expect_ended(ExitCode code, const std::string& reason) {
    EXPECT_EQ(session_->exit_code(), code);
    EXPECT_EQ(session_->ended(kSessionStart + 3s).reason, reason);
    EXPECT_EQ(session_->ended(kSessionStart + 3s).elapsed, 3s);
    EXPECT_THAT(commands_, ElementsAre(ViewCommand::kEnd));
  }

  FakeOutput endpoint_;
  FakeOutput recorder_;
  std::optional<ViewerSession> session_;
  std::vector<std::string> told_;
  std::vector<ViewCommand> commands_;
};

TEST_F(ViewerSessionTest, a_recording_that_fails_ends_nothing_for_who_watches) {
  recording_fails();
  expect_goes_on();
  EXPECT_THAT(told_, ElementsAre("the recording has ended, the stream goes on: the disk is full (5 MiB were "
                                 "saved)"));
}

TEST_F(ViewerSessionTest, a_recording_that_fails_ends_a_viewer_that_nobody_watches) {
  endpoint_.used = false;
  recording_fails();
  expect_ended(ExitCode::kCouldNotStart, "the disk is full");
  EXPECT_THAT(told_, ElementsAre("failed: the disk is full"));
}

TEST_F(ViewerSessionTest, a_recording_whose_end_is_missing_is_no_success) {
  session_->stop("time is up", ExitCode::kDone);
  drain();
  session_->close(kSessionStart);
  session_->on_recording_cut_short(kDiskFull);
  expect_ended(ExitCode::kCouldNotStart, "time is up");
}

TEST_F(ViewerSessionTest, a_recording_whose_end_is_missing_hides_no_other_failure) {
  session_->stop("interrupted", ExitCode::kInterrupted);
  drain();
  session_->close(kSessionStart);
  session_->on_recording_cut_short(kDiskFull);
  expect_ended(ExitCode::kInterrupted, "interrupted");
}

TEST_F(ViewerSessionTest, a_player_that_was_opened_watches_until_it_fails) {
  endpoint_.used = false;
  session_->on_player_opened();
  recording_fails();
  expect_goes_on();
  session_->on_player_exit(2, kSessionStart);
  drain();
  expect_goes_on();
  EXPECT_EQ(told_.back(), "the player ended with status 2");
  session_->on_pipe_ended(kReaderGone);
  drain();
  expect_ended(ExitCode::kDone, "standard output was closed");
}

TEST_F(ViewerSessionTest, standard_output_that_closes_ends_nothing_for_a_recording) {
  session_->on_pipe_ended(kReaderGone);
  drain();
  expect_goes_on();
  EXPECT_THAT(told_, ElementsAre("standard output was closed: the stream goes on without it"));
}

TEST_F(ViewerSessionTest, standard_output_that_is_a_full_disk_is_called_that) {
  session_->on_pipe_ended(kDiskFull);
  drain();
  expect_goes_on();
  EXPECT_THAT(told_, ElementsAre("the disk is full: the stream goes on without it"));
  endpoint_.used = recorder_.used = false;
  session_->on_pipe_ended(kDiskFull);
  drain();
  expect_ended(ExitCode::kCouldNotStart, "the disk is full");
}

TEST_F(ViewerSessionTest, a_player_that_is_closed_by_its_user_ends_it) {
  session_->on_player_opened();
  session_->on_player_exit(0, kSessionStart);
  session_->on_player_exit(1, kSessionStart);
  drain();
  expect_ended(ExitCode::kDone, "the player was closed");
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ViewerSessionTest, a_player_that_cannot_be_opened_is_told_of) {
  session_->on_player_not_opened({"mpv cannot be run", "install it"}, kSessionStart);
  drain();
  expect_goes_on();
  EXPECT_THAT(told_, ElementsAre("mpv cannot be run"));
}

TEST_F(ViewerSessionTest, a_player_that_cannot_be_opened_is_asked_about_where_somebody_is_there) {
  make_watched(PlayerEnd::kAsk);
  session_->on_player_not_opened({"mpv cannot be run", "install it", ExitCode::kCouldNotStart},
                                 kSessionStart);
  drain();
  EXPECT_THAT(told_, ElementsAre("mpv cannot be run"));
  EXPECT_THAT(commands_, ElementsAre(ViewCommand::kAskUser));
}

TEST_F(ViewerSessionTest, a_player_that_was_closed_is_opened_again_where_the_user_wants_it_back) {
  make_watched(PlayerEnd::kAsk);
  for (const int status : {0, 2}) {
    commands_.clear();
    session_->on_player_exit(status, kSessionStart);
    drain();
    EXPECT_FALSE(session_->exit_code());
    EXPECT_THAT(commands_, ElementsAre(ViewCommand::kAskUser));
    answer("what?");
    EXPECT_THAT(commands_, ElementsAre(ViewCommand::kAskUser));
    answer("");
    EXPECT_THAT(commands_, ElementsAre(ViewCommand::kAskUser, ViewCommand::kOpenPlayer));
    answer("");
    EXPECT_EQ(commands_.size(), 2U) << "nothing was asked";
  }
  EXPECT_THAT(told_, ElementsAre("the player was closed", "the player ended with status 2"));
}

TEST_F(ViewerSessionTest, a_user_who_does_not_want_the_player_back_ends_it) {
  make_watched(PlayerEnd::kAsk);
  session_->on_player_exit(0, kSessionStart);
  drain();
  commands_.clear();
  answer("q");
  expect_ended(ExitCode::kDone, "the player was closed");
}

TEST_F(ViewerSessionTest, a_user_who_does_not_answer_for_a_minute_is_taken_to_have_left) {
  make_watched(PlayerEnd::kAsk);
  session_->on_player_exit(2, kSessionStart);
  session_->on_timeout(kSessionStart + ViewerSession::kAnswerTime - 1ns);
  drain();
  EXPECT_FALSE(session_->exit_code());
  commands_.clear();
  session_->on_timeout(kSessionStart + ViewerSession::kAnswerTime);
  drain();
  expect_ended(ExitCode::kCouldNotStart, "the player ended with status 2");
}

TEST_F(ViewerSessionTest, a_player_that_was_killed_is_said_to_have_been) {
  make_watched(PlayerEnd::kLeave);
  session_->on_player_exit(128 + SIGKILL, kSessionStart);
  drain();
  expect_ended(ExitCode::kCouldNotStart, "the player was killed by signal 9");
}

TEST_F(ViewerSessionTest, a_status_beyond_all_signals_is_said_as_it_is) {
  make_watched(PlayerEnd::kLeave);
  session_->on_player_exit(255, kSessionStart);
  drain();
  expect_ended(ExitCode::kCouldNotStart, "the player ended with status 255");
}

TEST_F(ViewerSessionTest, a_recording_goes_on_while_the_user_does_not_answer) {
  make_watched(PlayerEnd::kAsk);
  recorder_.used = true;
  session_->on_player_exit(0, kSessionStart);
  session_->on_timeout(kSessionStart + ViewerSession::kAnswerTime);
  EXPECT_FALSE(session_->exit_code());
  recorder_.used = false;
  session_->on_timeout(kSessionStart + 2 * ViewerSession::kAnswerTime);
  EXPECT_EQ(session_->exit_code(), ExitCode::kDone);
}

TEST_F(ViewerSessionTest, a_player_that_ends_ends_what_a_menu_can_begin_again) {
  make_watched(PlayerEnd::kLeave);
  session_->on_player_exit(0, kSessionStart);
  drain();
  expect_ended(ExitCode::kDone, "the player was closed");
  commands_.clear();
  make_watched(PlayerEnd::kLeave);
  session_->on_player_exit(2, kSessionStart);
  drain();
  expect_ended(ExitCode::kCouldNotStart, "the player ended with status 2");
  EXPECT_THAT(told_, ElementsAre("failed: the player ended with status 2"));
}

TEST_F(ViewerSessionTest, a_player_that_ends_does_not_cost_a_menu_the_way_that_took_a_reply_code) {
  make_watched(PlayerEnd::kLeave);
  session_->on_code_tried(true, traversal::NatKind::kUnknown);
  session_->on_player_exit(0, kSessionStart);
  drain();
  EXPECT_FALSE(session_->exit_code());
  EXPECT_THAT(commands_, ElementsAre(ViewCommand::kAskUser));
}

TEST_F(ViewerSessionTest, nobody_is_asked_after_its_end) {
  make_watched(PlayerEnd::kAsk);
  session_->stop("interrupted", ExitCode::kInterrupted);
  session_->on_player_exit(0, kSessionStart);
  drain();
  expect_ended(ExitCode::kInterrupted, "interrupted");
}

TEST_F(ViewerSessionTest, time_that_is_up_before_it_connected_is_a_failure) {
  make(5s);
  drain();
  told_.clear();
  EXPECT_LE(*session_->next_timeout(), kSessionStart + 1s) << "statistics";
  session_->on_timeout(kSessionStart + 5s - 1ns);
  drain();
  expect_goes_on();
  session_->on_timeout(kSessionStart + 5s);
  drain();
  EXPECT_EQ(session_->exit_code(), ExitCode::kNotReachable);
  EXPECT_THAT(told_, ElementsAre(HasSubstr("198.51.100.1:4433")));
  EXPECT_THAT(commands_, ElementsAre(ViewCommand::kEnd));
}

TEST_F(ViewerSessionTest, a_ticket_that_has_expired_by_our_clock_is_warned_of_first) {
  make({}, UnixTime(2'000'000s - 3h));
  drain();
  EXPECT_THAT(told_, ElementsAre(HasSubstr("expired 3 h ago"), "connecting"));
}

TEST_F(ViewerSessionTest, nothing_is_told_after_its_end) {
  session_->stop("interrupted", ExitCode::kInterrupted);
  recording_fails();
  session_->on_player_exit(1, kSessionStart);
  drain();
  expect_ended(ExitCode::kInterrupted, "interrupted");
  EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace pixelpass::app
