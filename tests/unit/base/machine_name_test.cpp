#include "pixelpass/base/machine_name.hpp"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <string_view>

namespace pixelpass {
namespace {

TEST(MachineNameTest, is_the_one_that_the_kernel_has) {
  utsname system{};
  ASSERT_EQ(uname(&system), 0);
  EXPECT_EQ(machine_name(), std::string_view(system.nodename).substr(0, 63));
}

}  // namespace
}  // namespace pixelpass
