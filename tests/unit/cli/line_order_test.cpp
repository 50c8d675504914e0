#include "pixelpass/cli/line_writer.hpp"

#include "cli/library_log.hpp"
#include <fcntl.h>
#include <glib.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): posix_openpt is not in <cstdlib>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <sstream>
#include <string>

namespace pixelpass::cli {
namespace {

constexpr std::uint64_t kLines = 8000;

std::string told_left_out(std::uint64_t lines) {
  return "left out: " + std::to_string(lines);
}

/// Long and short in turn, so that a short one would fit where a long one did not. More than is ever kept.
std::string numbered(std::uint64_t number) {
  std::string line = "line " + std::to_string(number);
  line.resize(number % 2 == 0 ? 399 : 20, ' ');
  return line + "\n";
}

/// A terminal: what is written to its one end is seen at the other, unless it has been stopped.
class PseudoTerminal {
 public:
  PseudoTerminal() : screen_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    EXPECT_EQ(grantpt(screen_) | unlockpt(screen_), 0);
    line_ = open(ptsname(screen_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(line_, 0);
  }
  ~PseudoTerminal() {
    close(line_);
    close(screen_);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  [[nodiscard]] int line() const { return line_; }
  void stop() const { EXPECT_EQ(tcflow(line_, TCOOFF), 0); }
  void go_on() const { EXPECT_EQ(tcflow(line_, TCOON), 0); }
  /// Up to a text, or until 20 s are over.
  [[nodiscard]] std::string shown_until(const std::string& last) const {
    std::string all;
    const Instant deadline = Clock::now() + 20s;
    while (all.find(last) == std::string::npos && Clock::now() < deadline) {
      pollfd ready{screen_, POLLIN, 0};
      poll(&ready, 1, 100);
      std::array<char, 4096> part{};
      const ssize_t got = read(screen_, part.data(), part.size());
      if (got > 0) all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int screen_;
  int line_ = -1;
};

/// Each line is the next one, or says how many are missing at this place. How many lines there were in all.
std::uint64_t count_in_order(const std::string& shown) {
  std::istringstream lines(shown);
  std::uint64_t next = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("left out: ")) {
      next += std::stoull(line.substr(10));
    } else if (line.starts_with("line ")) {
      EXPECT_EQ(std::stoull(line.substr(5)), next++);
    }
  }
  return next;
}

TEST(LineOrder, AStoppedTerminalThatGoesOnIsShownAllInOrderAndToldWhatIsMissingWhereItIs) {
  const PseudoTerminal terminal;
  terminal.stop();
  LineWriter writer(terminal.line(), told_left_out);
  for (std::uint64_t i = 0; i < kLines; ++i) writer.write(numbered(i), LineValue::kOrdinary);
  terminal.go_on();
  std::string shown = terminal.shown_until("left out: ");
  writer.write(numbered(kLines), LineValue::kOrdinary);
  writer.write("the last line\n", LineValue::kOrdinary);
  shown += terminal.shown_until("the last line");
  EXPECT_EQ(count_in_order(shown), kLines + 1);
  EXPECT_NE(shown.find("left out: "), std::string::npos) << "it was more than is kept";
}

TEST(LineOrder, AResultForAReaderWhoIsBehindComesAfterTheWordAboutWhatIsMissing) {
  const PseudoTerminal terminal;
  terminal.stop();
  LineWriter writer(terminal.line(), told_left_out);
  for (std::uint64_t i = 0; i < kLines; ++i) writer.write(numbered(i), LineValue::kOrdinary);
  writer.write("the ticket\n", LineValue::kResult);
  terminal.go_on();
  EXPECT_EQ(count_in_order(terminal.shown_until("the ticket")), kLines);
}

/// GLib itself would write to standard error, and wait for it.
TEST(LineOrder, WhatALibrarySaysWaitsWithTheOtherLines) {
  const PseudoTerminal terminal;
  terminal.stop();
  const auto writer = std::make_shared<LineWriter>(terminal.line(), told_left_out);
  take_library_log(writer);
  writer->write("before\n", LineValue::kOrdinary);
  g_log("library", G_LOG_LEVEL_WARNING, "a \x1b[31mcomplaint");
  g_log("library", G_LOG_LEVEL_DEBUG, "what nobody has asked for");
  writer->write("after\n", LineValue::kOrdinary);
  terminal.go_on();
  const std::string shown = terminal.shown_until("after");
  EXPECT_LT(shown.find("before"), shown.find("library-WARNING"));
  EXPECT_NE(shown.find("complaint"), std::string::npos) << shown;
  EXPECT_EQ(shown.find('\x1b'), std::string::npos) << shown;
  EXPECT_EQ(shown.find("nobody has asked"), std::string::npos) << shown;
}

}  // namespace
}  // namespace pixelpass::cli
