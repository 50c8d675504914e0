#include "web/page.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace pixelpass::web {
namespace {

TEST(Page, IsTheFileToItsLastByte) {
  std::ostringstream file;
  file << std::ifstream(PIXELPASS_PAGE, std::ios::binary).rdbuf();
  ASSERT_GT(file.str().size(), 10'000U);
  EXPECT_EQ(as_text(page()), file.str());
}

}  // namespace
}  // namespace pixelpass::web
