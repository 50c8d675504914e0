#include "pixelpass/base/owner.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pixelpass {
namespace {

TEST(Owner, OurOwnTagIsOfARunningProcess) {
  const auto owner = parse_owner_tag(owner_tag());
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->process, getpid());
  EXPECT_TRUE(is_running(*owner));
}

TEST(Owner, ALaterProcessWithTheSameNumberIsAnother) {
  auto owner = *parse_owner_tag(owner_tag());
  ++owner.started_at;
  EXPECT_FALSE(is_running(owner));
}

TEST(Owner, AProcessThatHasEndedIsGoneEvenBeforeItIsReaped) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(running_process(child));
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(running_process(child));
}

TEST(Owner, WhatIsNoTagIsRefused) {
  for (const char* text : {"", "-", "12", "12-", "-12", "x-1", "1-x", "0-1", "1-2-3", "-1-5", "1 -2",
                           "99999999999999999999-1", "1-99999999999999999999"})
    EXPECT_FALSE(parse_owner_tag(text)) << text;
}

}  // namespace
}  // namespace pixelpass
