#include "pixelpass/base/address_space.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace pixelpass {
namespace {

using ::testing::HasSubstr;

TEST(AddressSpace, IsThereWhereNothingLimitsIt) {
  EXPECT_TRUE(can_have_address_space(kLeastAddressSpace));
}

TEST(AddressSpace, IsWhatIsLeftOfALimitAndNotTheLimit) {
  constexpr std::size_t kLeft = 50'000'000;
  EXPECT_EXIT(
      {
        rlim_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlim_t limit = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kLeft;
        rlimit limits{};
        limits.rlim_cur = limit;
        limits.rlim_max = limit;
        setrlimit(RLIMIT_AS, &limits);
        const bool is_right = can_have_address_space(kLeft / 2) && !can_have_address_space(kLeft * 2);
        std::exit(is_right ? EXIT_SUCCESS : EXIT_FAILURE);
      },
      testing::ExitedWithCode(EXIT_SUCCESS), "");
}

TEST(AddressSpace, OfWhichThereIsTooLittleIsNamedWithTheLimit) {
  const Error error = too_little_address_space(kLeastAddressSpace);
  EXPECT_THAT(error.what, HasSubstr("640 MiB of memory"));
  EXPECT_THAT(error.hint, HasSubstr("ulimit -v"));
  EXPECT_EQ(error.exit_code, ExitCode::kCouldNotStart);
}

}  // namespace
}  // namespace pixelpass
