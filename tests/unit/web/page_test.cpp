#include "pixelpass/web/page.hpp"

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

TEST(Page, SaysItsPolicy) {
  const std::string policy(page_policy());
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'sha256-")) << policy;
  EXPECT_EQ(policy.find_first_of("\"<>\r\n"), std::string::npos) << policy;
  EXPECT_NE(policy.find("form-action 'none'"), std::string::npos) << policy;
}

}  // namespace
}  // namespace pixelpass::web
