#include "app/control/terminal_input.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/own_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TerminalInputTest : public testing::Test {
 protected:
  TerminalInputTest() : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (::grantpt(keyboard_.get()) != 0 || ::unlockpt(keyboard_.get()) != 0) return;
    terminal_ =
        std::make_unique<Descriptor>(::open(::ptsname(keyboard_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    input_ = std::make_unique<TerminalInput>(
        io_, terminal_->get(), [this](const std::string& line) { lines_.push_back(line); },
        [this] { lines_.emplace_back("end"); });
  }

  void type(std::string_view text) {
    ASSERT_EQ(::write(keyboard_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// Waits for so many lines in all, at most 20 s.
  void run_until(std::size_t lines) {
    const Instant deadline = Clock::now() + 20s;
    while (lines_.size() < lines && Clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(10ms);
    }
  }

  boost::asio::io_context io_;
  Descriptor keyboard_;
  std::unique_ptr<Descriptor> terminal_;
  std::vector<std::string> lines_;
  std::unique_ptr<TerminalInput> input_;
};

TEST_F(TerminalInputTest, GivesLinesAsTheyAreEntered) {
  type("hello\n\n  ppr1 abc \t\n half");
  run_until(3);
  EXPECT_THAT(lines_, ElementsAre("hello", "", "ppr1 abc"));
  type(" a line\n");
  run_until(4);
  EXPECT_THAT(lines_, ElementsAre("hello", "", "ppr1 abc", "half a line"));
}

TEST_F(TerminalInputTest, LeavesTheTerminalBlockingForOthers) {
  EXPECT_EQ(::fcntl(terminal_->get(), F_GETFL) & O_NONBLOCK, 0);
  type("x\n");
  run_until(1);
  EXPECT_EQ(::fcntl(terminal_->get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(TerminalInputTest, EndsWhenTheInputDoes) {
  type("x\n");
  run_until(1);
  type("\x04");  // end of file
  // Nothing is waited for any more: the loop has nothing left to do.
  io_.restart();
  io_.run_for(20s);
  EXPECT_TRUE(io_.stopped());
  EXPECT_THAT(lines_, ElementsAre("x", "end"));
}

TEST_F(TerminalInputTest, TakesATerminalThatWasHungUpForNobodysAnswer) {
  ::close(keyboard_.release());
  io_.run_for(20s);
  EXPECT_TRUE(io_.stopped());
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(TerminalInputTest, IsSilentOnceItIsGone) {
  input_.reset();
  type("x\n");
  io_.restart();
  io_.run_for(20s);
  EXPECT_TRUE(io_.stopped());
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace
}  // namespace pixelpass::app
