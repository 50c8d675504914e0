#include "pixelpass/cli/event_sinks.hpp"
#include "pixelpass/cli/read_ticket.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <sstream>

namespace pixelpass::cli {
namespace {

/// Both ends of a pipe; the reading end does not block.
class PipeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    ASSERT_EQ(fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
  }
  void TearDown() override {
    for (const int end : ends_)
      if (end >= 0) close(end);
  }
  void close_reader() { close(std::exchange(ends_[0], -1)); }
  std::string read_all() {
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t n = 0; (n = read(ends_[0], part.data(), part.size())) > 0;)
      all.append(part.data(), static_cast<std::size_t>(n));
    return all;
  }

  std::array<int, 2> ends_{-1, -1};
};

TEST_F(PipeTest, an_event_is_one_line_and_is_there_at_once) {
  JsonEvents events(ends_[1]);
  events.on(app::Paused{"no viewers"});
  EXPECT_EQ(read_all(), "{\"event\":\"paused\",\"reason\":\"no viewers\"}\n");
}

TEST_F(PipeTest, a_reader_that_has_gone_is_noticed_and_nothing_else_happens) {
  JsonEvents events(ends_[1]);
  EXPECT_FALSE(events.broken());
  close_reader();
  events.on(app::Paused{"no viewers"});
  EXPECT_TRUE(events.broken());
  events.on(app::Paused{"again"});
}

TEST_F(PipeTest, a_reader_that_sleeps_never_blocks_and_gets_whole_lines_later) {
  LineWriter lines(ends_[1]);
  const std::string line = std::string(999, 'x') + "\n";
  const std::string important = std::string(1999, 'y') + "\n";
  for (int i = 0; i < 1000; ++i) lines.write(line, true);  // far more than a pipe holds
  for (int i = 0; i < 100; ++i) lines.write(important, false);
  std::string all;
  for (std::string part = read_all(); !part.empty(); part = read_all()) {
    all += part;
    lines.write("", false);
  }
  std::istringstream read_back(all);
  std::size_t statistics = 0;
  std::size_t others = 0;
  for (std::string got; std::getline(read_back, got);) {
    EXPECT_TRUE(got.size() == 999 || got.size() == 1999) << got.size();
    (got.size() == 999 ? statistics : others) += 1;
  }
  EXPECT_LT(statistics, 1000U) << "what is worth nothing later is dropped";
  EXPECT_EQ(others, 100U) << "all else is kept";
}

std::string some_ticket() {
  Ticket ticket;
  ticket.candidates = {{CandidateKind::kHost, SocketAddress::loopback(4433)}};
  return encode_ticket(ticket);
}

TEST(ReadTicketTest, needs_no_end_of_input_after_the_ticket) {
  std::istringstream input(some_ticket() + "\nsomething else\n");
  const auto text = read_ticket(input, UnixTime{});
  EXPECT_TRUE(decode_ticket(text, UnixTime{}));
  std::string rest;
  std::getline(input, rest);
  EXPECT_EQ(rest, "something else");
}

TEST(ReadTicketTest, puts_lines_together) {
  const std::string ticket = some_ticket();
  std::istringstream input(ticket.substr(0, 30) + "\n" + ticket.substr(30) + "\n");
  EXPECT_TRUE(decode_ticket(read_ticket(input, UnixTime{}), UnixTime{}));
}

TEST(ReadTicketTest, gives_up_on_endless_input) {
  std::string line(1000, 'z');
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += line + "\n";
  std::istringstream input(endless);
  EXPECT_LE(read_ticket(input, UnixTime{}).size(), kMaxTicketChars + 2 * line.size());
}

}  // namespace
}  // namespace pixelpass::cli
