#include "app/view/browser_view.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/web/page.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class BrowserProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "pixelpass-browser-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void install(const std::string& program) {
    std::ofstream(folder_ / program) << "#!/bin/sh\n";
    fs::permissions(folder_ / program, fs::perms::owner_all);
  }
  [[nodiscard]] std::string program(const std::string& browser, bool display = true) const {
    return browser_program({.display = display, .browser = browser, .path = folder_});
  }
  [[nodiscard]] Error objection(const std::string& browser, bool display) const {
    try {
      return {"took " + program(browser, display), ""};
    } catch (const StartupError& error) {
      return error.error();
    }
  }

  fs::path folder_;
};

TEST_F(BrowserProgramTest, is_the_desktops_way_or_the_one_that_the_user_names) {
  install("xdg-open");
  install("firefox");
  EXPECT_EQ(program(""), "xdg-open");
  EXPECT_EQ(program("firefox"), "firefox");
  EXPECT_EQ(program("/opt/firefox/firefox"), "/opt/firefox/firefox");
  EXPECT_EQ(program("firefox", false), "firefox") << "it may need no display";
}

TEST_F(BrowserProgramTest, leaves_a_command_line_or_what_is_not_there_to_the_desktops_way) {
  install("xdg-open");
  for (const auto* browser : {"firefox", "firefox:chromium", "firefox --new-window %s"})
    EXPECT_EQ(program(browser), "xdg-open") << browser;
}

TEST_F(BrowserProgramTest, is_none_without_a_display_or_xdg_open_and_says_what_helps) {
  EXPECT_THAT(objection("", true).what, HasSubstr("xdg-open is not installed"));
  EXPECT_THAT(objection("", true).hint, HasSubstr("xdg-utils"));
  install("xdg-open");
  EXPECT_THAT(objection("", false).what, HasSubstr("no display"));
}

TEST(PageWithTicketTest, is_the_page_but_for_where_it_goes_on_to) {
  const std::string text = page_with_ticket("pp1abc");
  const std::string added = "<meta http-equiv=\"refresh\" content=\"0;url=#pp1abc\">\n";
  const auto at = text.find(added);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(text.substr(0, at) + text.substr(at + added.size()), as_text(web::page()));
  EXPECT_LT(text.find("charset"), 1024U) << "browsers look no further (HTML, 13.2.3.2)";
  EXPECT_LT(at, text.find("<body>"));
}

}  // namespace
}  // namespace pixelpass::app
