#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

namespace pixelpass {

/// Runs `work` on a thread that has a network namespace of its own, in which nothing is up. False: this
/// machine does not give one (it takes root, or CAP_SYS_ADMIN), and nothing was run.
inline bool in_own_network(const std::function<void()>& work) {
  bool entered = false;
  std::thread([&] {
    entered = unshare(CLONE_NEWNET) == 0;
    if (entered) work();
  }).join();
  return entered;
}

/// ip(8), in the calling thread's namespace.
inline void ip(const std::string& arguments) {
  EXPECT_EQ(std::system(("ip " + arguments).c_str()), 0) << "ip " << arguments;
}

}  // namespace pixelpass

#define SKIP_WITHOUT_OWN_NETWORK(work) \
  if (!in_own_network(work)) GTEST_SKIP() << "no network namespaces here: run as root"
