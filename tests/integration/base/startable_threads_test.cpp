#include "pixelpass/base/startable_threads.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace pixelpass {
namespace {

using ::testing::HasSubstr;

/// So much address space beside what is taken: a thread's stack takes 8 MB.
void leave(rlim_t bytes) {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + bytes;
  setrlimit(RLIMIT_AS, &limit);
}

TEST(StartableThreads, AreAsManyAsAreAskedForWhereNothingLimitsThem) {
  EXPECT_EQ(startable_threads(3), 3U);
  EXPECT_EQ(startable_threads(0), 0U);
}

TEST(StartableThreads, AreFewerWhereALimitIsReachedBefore) {
  EXPECT_EXIT(
      {
        leave(50'000'000);
        const unsigned threads = startable_threads(100);
        std::exit(threads > 0 && threads < 100 ? EXIT_SUCCESS : EXIT_FAILURE);
      },
      testing::ExitedWithCode(EXIT_SUCCESS), "");
}

TEST(StartableThreads, OfWhichThereAreTooFewAreNamedWithTheLimits) {
  EXPECT_FALSE(too_few_threads(kFewestThreads));
  const auto error = too_few_threads(9);
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, HasSubstr("no more than 9 threads"));
  EXPECT_THAT(error->hint, HasSubstr("pids.max"));
  EXPECT_EQ(error->exit_code, ExitCode::kCouldNotStart);
}

}  // namespace
}  // namespace pixelpass
