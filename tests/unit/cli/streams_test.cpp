#include "pixelpass/cli/event_sinks.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "cli/live_line.hpp"
#include "cli/read_ticket.hpp"
#include "some_ticket.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace pixelpass::cli {
namespace {

std::string left_out(std::uint64_t lines) {
  return std::to_string(lines) + " left out";
}

/// Both ends of a pipe; the reading end does not block.
class PipeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    ASSERT_EQ(fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    writer_ = std::make_shared<LineWriter>(ends_[1], left_out);
  }
  void TearDown() override {
    writer_.reset();
    for (const int end : ends_)
      if (end >= 0) close(end);
  }
  void close_reader() { close(std::exchange(ends_[0], -1)); }
  [[nodiscard]] static Instant in_time() { return Clock::now() + 20s; }
  /// The reader is awake from now on.
  std::string read_until_drained() {
    std::atomic<bool> drained = false;
    std::thread drain([&] {
      writer_->drain(in_time());
      drained = true;
    });
    std::string all;
    while (!drained) {
      pollfd ready{ends_[0], POLLIN, 0};
      poll(&ready, 1, 10);
      all += read_all();
    }
    drain.join();
    return all + read_all();
  }
  std::string read_all() {
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t n = 0; (n = read(ends_[0], part.data(), part.size())) > 0;)
      all.append(part.data(), static_cast<std::size_t>(n));
    return all;
  }

  std::array<int, 2> ends_{-1, -1};
  std::shared_ptr<LineWriter> writer_;
};

TEST(LineWriterTest, whoever_had_the_lines_of_a_terminal_that_hung_up_is_not_called_any_more) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_EQ(grantpt(terminal), 0);
  ASSERT_EQ(unlockpt(terminal), 0);
  const int end = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(end, 0);
  LineWriter writer(end, left_out);
  int lines = 0;
  writer.divert([&lines](const std::string&) { ++lines; });
  writer.write("a\n", LineValue::kOrdinary);
  EXPECT_EQ(lines, 1);
  close(terminal);
  writer.divert(nullptr);
  writer.write("b\n", LineValue::kOrdinary);
  EXPECT_EQ(lines, 1);
  writer.close(Clock::now() + 20s);
  close(end);
}

TEST_F(PipeTest, what_there_is_room_for_goes_out_however_busy_the_machine_is) {
  // As where the writing thread has not run yet when the time is over.
  for (int i = 0; i < 500; ++i) {
    LineWriter writer(ends_[1], left_out);
    writer.write("a\n", LineValue::kOrdinary);
    writer.close(Clock::now());
    ASSERT_EQ(read_all(), "a\n") << i;
  }
}

TEST_F(PipeTest, an_event_is_one_line) {
  JsonEvents events(writer_);
  events.on(app::Paused{"no viewers"});
  writer_->drain(in_time());
  EXPECT_EQ(read_all(), "{\"event\":\"paused\",\"reason\":\"no viewers\"}\n");
}

TEST_F(PipeTest, a_reader_that_has_gone_is_noticed_and_nothing_else_happens) {
  JsonEvents events(writer_);
  EXPECT_FALSE(events.broken());
  close_reader();
  events.on(app::Paused{"no viewers"});
  writer_->drain(in_time());
  EXPECT_TRUE(events.broken());
  events.on(app::Paused{"again"});
}

/// What could not be kept is counted, and said where it is missing.
TEST_F(PipeTest, a_reader_that_sleeps_never_blocks_and_hears_later_what_is_missing) {
  const std::string statistics = std::string(999, 'x') + "\n";
  const std::string ordinary = std::string(1999, 'y') + "\n";
  for (int i = 0; i < 1000; ++i) writer_->write(statistics, LineValue::kStatistics);
  for (int i = 0; i < 1000; ++i) writer_->write(ordinary, LineValue::kOrdinary);
  writer_->write("the ticket\n", LineValue::kResult);
  std::istringstream read_back(read_until_drained());
  std::uint64_t xs = 0;
  std::uint64_t ys = 0;
  std::uint64_t missing = 0;
  bool ticket = false;
  for (std::string got; std::getline(read_back, got);) {
    xs += got.size() == 999 ? 1 : 0;
    ys += got.size() == 1999 ? 1 : 0;
    ticket = ticket || got == "the ticket";
    if (got.ends_with("left out")) missing += std::stoull(got);
  }
  EXPECT_LT(xs, 200U) << "what is worth nothing later is hardly kept";
  EXPECT_GT(ys, 400U) << "all else is, as long as there is room";
  EXPECT_EQ(xs + ys + missing, 2000U);
  EXPECT_TRUE(ticket) << "there is room for it in any case";
}

TEST_F(PipeTest, closing_ends_a_write_that_nobody_takes) {
  const std::string line = std::string(999, 'x') + "\n";
  for (int i = 0; i < 500; ++i) writer_->write(line, LineValue::kOrdinary);
  writer_->close(Clock::now());  // would wait for ever
  EXPECT_LE(read_all().size(), std::size_t{1} << 20);
}

TEST_F(PipeTest, closing_gives_the_reader_time_for_what_is_left) {
  const std::string line = std::string(999, 'x') + "\n";
  for (int i = 0; i < 500; ++i) writer_->write(line, LineValue::kOrdinary);
  std::string got;
  std::thread reader([&] { got = read_until_drained(); });
  writer_->close(in_time());
  reader.join();
  got += read_all();
  EXPECT_EQ(got.size(), 500'000U);
}

TEST_F(PipeTest, the_pipe_stays_as_the_others_who_have_it_left_it) {
  writer_->write("a line\n", LineValue::kOrdinary);
  writer_->drain(in_time());
  EXPECT_EQ(fcntl(ends_[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PipeTest, what_a_peer_or_a_program_calls_itself_steers_no_terminal) {
  const Streams streams{writer_, writer_};
  LoggedEvents events(std::make_unique<HumanEvents>(streams, false));
  const std::string name = "a\x1b]0;title\x07\nb\xff\u202e\u200b\u009b";
  events.on(app::ViewerLeft{.viewer = 1, .name = name, .path = {}, .reason = name});
  events.on(app::Removed{{"node", 1, name, name}});
  events.on(app::Notice{name, ""});
  writer_->drain(in_time());
  EXPECT_EQ(read_all(),
            "viewer 1 (a]0;titleb) left: a]0;titleb\n"
            "removed node 1 a]0;titleb (of process a]0;titleb)\n"
            "a]0;title\nb\n");
}

app::ReceiveStats some_state() {
  app::ReceiveStats stats;
  stats.bitrate_bps = 4'200'000;
  stats.lag_p50 = 31ms;
  stats.skipped_groups = 2;
  return stats;
}

TEST(LiveLineTest, says_path_bitrate_lag_and_what_was_skipped) {
  auto stats = some_state();
  EXPECT_EQ(live_line(stats, 80), "direct, 4.2 Mbit/s, lag 31 ms, 2 skipped");
  stats.player_lag = 60ms;
  EXPECT_EQ(live_line(stats, 80), "direct, 4.2 Mbit/s, lag 91 ms, 2 skipped")
      << "to the picture that is shown";
}

TEST(LiveLineTest, leaves_out_what_does_not_fit) {
  const std::string whole = live_line(some_state(), 80);
  EXPECT_EQ(live_line(some_state(), whole.size() + 1), whole);
  EXPECT_EQ(live_line(some_state(), whole.size()), "direct, 4.2 Mbit/s, lag 31 ms");
  EXPECT_EQ(live_line(some_state(), 5), "");
}

TEST_F(PipeTest, a_viewers_state_is_one_line_that_others_are_written_over) {
  HumanEvents events(Streams{writer_, writer_}, true);
  EXPECT_TRUE(events.wants_stats());
  events.on(some_state());
  events.on(app::Connected{});
  writer_->drain(in_time());
  const auto before = read_all();
  EXPECT_EQ(before.find("skipped"), before.npos) << "nothing while it looks for the host";
  events.on(some_state());
  events.on(some_state());
  events.on(app::Notice{"said", ""});
  events.on(app::Reconnecting{});
  events.on(some_state());
  writer_->drain(in_time());
  const std::string line = "direct, 4.2 Mbit/s, lag 31 ms, 2 skipped";
  EXPECT_EQ(read_all(),
            line + "\r\033[K" + line + "\r\033[Ksaid\n" + line + "\r\033[Kreconnecting (attempt 1): \n");
}

TEST_F(PipeTest, a_viewers_state_is_not_written_where_an_answer_is_typed) {
  HumanEvents events(Streams{writer_, writer_}, true);
  events.on(app::Connected{});
  writer_->drain(in_time());
  static_cast<void>(read_all());
  events.on(some_state());
  events.on(app::Notice{.what = "again?", .hint = "", .is_question = true});
  writer_->drain(in_time());
  EXPECT_EQ(read_all(), "direct, 4.2 Mbit/s, lag 31 ms, 2 skipped\r\033[Kagain?\n");
}

TEST_F(PipeTest, a_line_of_the_log_is_written_over_the_live_line_and_not_behind_it) {
  writer_->set_status("state");
  writer_->write("logged\n", LineValue::kOrdinary);
  writer_->set_status("");
  writer_->write("said\n", LineValue::kOrdinary);
  writer_->drain(in_time());
  EXPECT_EQ(read_all(), "state\r\033[Klogged\nstate\r\033[Ksaid\n");
}

TEST_F(PipeTest, a_live_line_that_is_forgotten_is_not_written_over) {
  writer_->set_status("state");
  writer_->forget_status();
  writer_->write("said\n", LineValue::kOrdinary);
  writer_->drain(in_time());
  EXPECT_EQ(read_all(), "statesaid\n");
}

TEST_F(PipeTest, a_live_line_that_nobody_reads_is_bounded) {
  const std::string line(1000, 'x');
  for (int i = 0; i < 1000; ++i) writer_->set_status(line);
  writer_->write("said\n", LineValue::kOrdinary);
  const std::string got = read_until_drained();
  EXPECT_LT(got.size(), LineWriter::kStatisticsBytes + (128U << 10)) << "and what the pipe itself holds";
  EXPECT_THAT(got, testing::HasSubstr("said\n"));
}

TEST_F(PipeTest, what_ended_one_stream_hides_nothing_of_the_next) {
  HumanEvents events(Streams{writer_, writer_}, true);
  const auto watch = [&](bool failed) {
    events.on(app::Connected{});
    if (failed) events.on(app::Failed{{"removed", ""}});
    events.on(app::Ended{"the host has ended it", {}, 0, {}});
    events.on(some_state());
    writer_->drain(in_time());
    return read_all();
  };
  EXPECT_THAT(watch(true), testing::Not(testing::HasSubstr("has ended it")));
  const auto second = watch(false);
  EXPECT_THAT(second, testing::HasSubstr("has ended it"));
  EXPECT_THAT(second, testing::Not(testing::HasSubstr("skipped"))) << "nothing before the next connection";
}

TEST_F(PipeTest, where_no_line_can_be_written_over_a_viewers_state_is_not_told) {
  HumanEvents events(Streams{writer_, writer_}, false);
  EXPECT_FALSE(events.wants_stats());
  events.on(app::Connected{});
  writer_->drain(in_time());
  static_cast<void>(read_all());
  events.on(some_state());
  events.on(app::Notice{"said", ""});
  writer_->drain(in_time());
  EXPECT_EQ(read_all(), "said\n");
}

TEST_F(PipeTest, json_is_json_whatever_a_peer_calls_itself) {
  JsonEvents events(writer_);
  events.on(app::Ended{.reason = "a\xff\x1b[31m\u202e", .elapsed = {}, .bytes = 0, .lag = {}});
  writer_->drain(in_time());
  const auto text = read_all();
  EXPECT_NE(text.find("\"reason\":\"a[31m\""), text.npos) << text;
}

/// A pipe whose writing end stays open until it is ended: there may always be more.
class ReadTicketTest : public testing::Test {
 protected:
  ReadTicketTest() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~ReadTicketTest() override {
    close(ends_[0]);
    end();
  }
  void write(const std::string& text) const {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  /// Each pause is answered with the next of `later`; after the last, the input ends.
  std::string read(std::vector<std::string> later = {}) {
    return read_ticket(ends_[0], UnixTime{}, [this, later](TicketError why) {
      if (pauses_.size() < later.size())
        write(later[pauses_.size()]);
      else
        end();
      pauses_.push_back(why);
    });
  }

  int ends_[2]{-1, -1};
  std::vector<TicketError> pauses_;
};

TEST_F(ReadTicketTest, needs_no_end_of_input_after_the_ticket) {
  write(some_ticket() + "\nsomething else\n");
  EXPECT_TRUE(decode_ticket(read(), UnixTime{}));
  char rest[100];
  EXPECT_EQ(std::string(rest, static_cast<std::size_t>(::read(ends_[0], rest, sizeof rest))),
            "something else\n");
}

TEST_F(ReadTicketTest, needs_no_line_end_when_nothing_more_comes) {
  write(some_ticket());
  EXPECT_TRUE(decode_ticket(read(), UnixTime{}));
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(ReadTicketTest, puts_lines_together) {
  const std::string ticket = some_ticket();
  write("> " + ticket.substr(0, 30) + "\n> " + ticket.substr(30, 10) + "\n> " + ticket.substr(40) + "\n");
  EXPECT_TRUE(decode_ticket(read(), UnixTime{}));
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(ReadTicketTest, says_that_the_end_is_missing_and_waits_for_it) {
  const std::string ticket = some_ticket();
  write(ticket.substr(0, 30) + "\n");
  EXPECT_TRUE(decode_ticket(read({ticket.substr(30, 20), ticket.substr(50) + "\n"}), UnixTime{}));
  EXPECT_EQ(pauses_, std::vector(2, TicketError::kTruncated));
}

TEST_F(ReadTicketTest, takes_a_whole_ticket_after_one_that_was_cut_off) {
  const std::string ticket = some_ticket();
  write(ticket.substr(0, ticket.size() - 3) + "\n");
  EXPECT_TRUE(decode_ticket(read({ticket + "\n"}), UnixTime{}));
  EXPECT_EQ(pauses_, std::vector{TicketError::kTruncated});
}

TEST_F(ReadTicketTest, says_that_it_waits_when_nothing_comes) {
  EXPECT_EQ(read(), "");
  EXPECT_EQ(pauses_, std::vector{TicketError::kEmpty});
}

TEST_F(ReadTicketTest, gives_up_on_endless_input_with_and_without_lines) {
  for (const auto* unit : {"z", "zzzzzzz\n"}) {
    std::string endless;
    while (endless.size() < 2 * kMostTicketInput) endless += unit;
    write(endless);
    EXPECT_LE(read().size(), kMostTicketInput);
    char rest[2 * kMostTicketInput];
    EXPECT_GT(::read(ends_[0], rest, sizeof rest), 0);
  }
  EXPECT_TRUE(pauses_.empty());
}

}  // namespace
}  // namespace pixelpass::cli
