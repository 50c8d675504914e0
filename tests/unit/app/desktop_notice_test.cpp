#include "app/host/desktop_notice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;
using testing::Not;

const net::Path kFromFriend{{}, SocketAddress::parse("192.0.2.17:41234").value(), net::Via::kDirect};

TEST(DesktopNotice, SaysWhoHasJoinedFromWhereAndHowManyWatch) {
  const auto notice = desktop_notice(ViewerJoined{1, "Ben", kFromFriend}, 1, 2);
  EXPECT_EQ(notice.title, "Somebody watches your screen");
  EXPECT_EQ(notice.body, "Ben (192.0.2.17:41234) has joined. 1 of 2 watch now.");
  EXPECT_EQ(desktop_notice(ViewerLeft{1, "Ben", kFromFriend, "done"}, 0, 2).body,
            "Ben has left. Nobody watches now.");
  EXPECT_EQ(desktop_notice(ViewerLeft{7, "", kFromFriend, "done"}, 1, 2).body,
            "Viewer 7 has left. 1 of 2 watch now.");
}

TEST(DesktopNotice, HasNothingOfANameThatADesktopWouldObey) {
  const std::string name = "a\x1b[2J\n\xe2\x80\xae" + std::string("b") + std::string(5000, 'x');
  const auto notice = desktop_notice(ViewerJoined{1, name, kFromFriend}, 1, 2);
  for (const char* bad : {"\x1b", "\n", "\xe2\x80\xae"}) EXPECT_THAT(notice.body, Not(HasSubstr(bad)));
  EXPECT_LT(notice.body.size(), 200U);
}

TEST(DesktopNotice, IsMarkedUpByNobody) {
  EXPECT_EQ(without_markup("<b>Ben</b> & <img src=\"x\">"),
            "&lt;b&gt;Ben&lt;/b&gt; &amp; &lt;img src=\"x\"&gt;");
}

}  // namespace
}  // namespace pixelpass::app
