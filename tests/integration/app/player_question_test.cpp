#include "app/view/player_question.hpp"

#include "pixelpass/base/own_file.hpp"

#include "event_reader.hpp"
#include "quiet_view.hpp"
#include "run_until.hpp"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace pixelpass::app {
namespace {

/// A terminal in place of this process's standard input, which comes back at the end.
class StdinTerminal {
 public:
  StdinTerminal()
      : kept_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)),
        keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (::grantpt(keyboard_.get()) != 0 || ::unlockpt(keyboard_.get()) != 0) return;
    const Descriptor terminal(::open(::ptsname(keyboard_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ::dup2(terminal.get(), STDIN_FILENO);
  }
  ~StdinTerminal() { ::dup2(kept_.get(), STDIN_FILENO); }
  StdinTerminal(const StdinTerminal&) = delete;
  StdinTerminal& operator=(const StdinTerminal&) = delete;

  [[nodiscard]] bool type(std::string_view text) const {
    return ::write(keyboard_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }

 private:
  const Descriptor kept_;
  const Descriptor keyboard_;
};

/// A view whose player was closed, at a terminal.
class PlayerQuestionTest : public testing::Test {
 protected:
  PlayerQuestionTest() {
    session_.start({}, Clock::now());
    session_.on_player_opened();
    session_.on_player_exit(0, Clock::now());
    while (const auto command = session_.poll_command())
      if (*command == ViewCommand::kAskUser) question_.ask();
  }
  bool answers(int count) {
    return test::run_until(io_, [&] { return told_ >= count; });
  }
  [[nodiscard]] bool wants(ViewCommand wanted) { return session_.poll_command() == wanted; }

  StdinTerminal terminal_;
  boost::asio::io_context io_;
  ViewerSession session_{quiet_view(PlayerEnd::kAsk), *SocketAddress::parse("127.0.0.1:5000"),
                         seeded_random(1), Clock::now(), system_wall_time};
  EventReader events_;
  int told_ = 0;
  PlayerQuestion question_{io_, session_, events_, [this] { ++told_; }};
};

TEST_F(PlayerQuestionTest, IsToldAsTheSessionPutsIt) {
  ASSERT_EQ(events_.read.size(), 1U);
  EXPECT_EQ(events_.last<Notice>()->hint, session_.question().hint);
}

TEST_F(PlayerQuestionTest, TakesALineForAnAnswer) {
  ASSERT_TRUE(terminal_.type("\n"));
  ASSERT_TRUE(answers(1));
  EXPECT_TRUE(wants(ViewCommand::kOpenPlayer));
}

TEST_F(PlayerQuestionTest, GoesOnWaitingAfterALineThatIsNone) {
  ASSERT_TRUE(terminal_.type("hm\nq\n"));
  ASSERT_TRUE(answers(2));
  EXPECT_TRUE(wants(ViewCommand::kEnd));
  EXPECT_EQ(session_.exit_code(), ExitCode::kDone);
}

TEST_F(PlayerQuestionTest, TakesTheEndOfTheInputForANo) {
  ASSERT_TRUE(terminal_.type("\x04"));
  ASSERT_TRUE(answers(1));
  EXPECT_EQ(session_.exit_code(), ExitCode::kDone);
}

TEST_F(PlayerQuestionTest, LeavesWhatIsTypedToOthersOnceItIsWithdrawn) {
  question_.withdraw();
  ASSERT_TRUE(terminal_.type("q\n"));
  pollfd line{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&line, 1, 10'000), 1);
  io_.restart();
  io_.poll();
  EXPECT_EQ(told_, 0);
  ASSERT_EQ(::poll(&line, 1, 0), 1) << "it was taken";
  std::array<char, 8> got{};
  EXPECT_EQ(::read(STDIN_FILENO, got.data(), got.size()), 2);
}

}  // namespace
}  // namespace pixelpass::app
