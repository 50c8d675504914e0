#include "pixelpass/base/open_files.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>

namespace pixelpass {
namespace {

using ::testing::HasSubstr;

class OpenFiles : public ::testing::Test {
 protected:
  OpenFiles() { getrlimit(RLIMIT_NOFILE, &before_); }
  ~OpenFiles() override { setrlimit(RLIMIT_NOFILE, &before_); }

  static rlim_t soft() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }
  void set_soft(rlim_t files) const {
    const rlimit limit{files, before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  rlimit before_{};
};

TEST_F(OpenFiles, AreAsManyAsTheHardLimitLets) {
  set_soft(32);
  const auto most = std::min<rlim_t>(before_.rlim_max, kMostOpenFiles);
  EXPECT_EQ(allow_open_files(), most);
  EXPECT_EQ(soft(), most);
}

TEST_F(OpenFiles, AreNoFewerThanBefore) {
  const rlim_t many = std::min<rlim_t>(before_.rlim_max, kMostOpenFiles + 1000);
  set_soft(many);
  EXPECT_EQ(allow_open_files(), many);
  EXPECT_EQ(soft(), many);
}

TEST_F(OpenFiles, OfWhichThereAreTooFewAreNamedWithTheLimit) {
  EXPECT_FALSE(too_few_open_files(kFewestOpenFiles));
  const auto error = too_few_open_files(16);
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, HasSubstr("no more than 16 files"));
  EXPECT_THAT(error->hint, HasSubstr("ulimit -Hn"));
  EXPECT_EQ(error->exit_code, ExitCode::kCouldNotStart);
}

}  // namespace
}  // namespace pixelpass
