#include "web/sender_reports.hpp"

#include "browser.hpp"
#include "web/rtcp.hpp"
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::web {
namespace {

const net::Path kHere{{}, *SocketAddress::parse("198.51.100.1:5000")};
const net::Path kThere{{}, *SocketAddress::parse("198.51.100.2:5000")};

/// Where each report goes, and what the browser reads in it.
class ReportsSink final : public net::DatagramSink {
 public:
  explicit ReportsSink(Browser& browser) : browser_(browser) {}

  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    if (is_full) return false;
    paths.push_back(path);
    return browser_.send(path, bytes, segment, ecn);
  }

  bool is_full = false;
  std::vector<net::Path> paths;

 private:
  Browser& browser_;
};

class SenderReportsTest : public testing::Test {
 protected:
  SenderReportsTest() { video_.packets = 1; }

  /// The next one, in its time; what the browser would give back of it.
  std::uint32_t next(const net::Path& path = kHere) {
    now_ = std::max(now_, reports_.next_at());
    reports_.make(video_, audio_, path, now_);
    reports_.flush(path, sink_);
    return boost::endian::load_big_u32(&browser_.reports.back()[10]);
  }
  [[nodiscard]] std::uint64_t ntp_of(const Bytes& report) const {
    return boost::endian::load_big_u64(&report[8]);
  }

  static constexpr Instant kEpoch{100s};
  Instant now_ = kEpoch;
  SrtpSession srtp_{make_keys(SrtpProfile::kAeadAes128Gcm)};
  RtpStream video_ = make_stream(kVideoSsrc, 96, kVideoRate, 0ms, seeded_random(1));
  RtpStream audio_ = make_stream(kAudioSsrc, 111, 48'000, 0ms, seeded_random(2));
  SenderReports reports_{srtp_, seeded_random(3), now_};
  Browser browser_{make_keys(SrtpProfile::kAeadAes128Gcm)};
  ReportsSink sink_{browser_};
};

TEST_F(SenderReportsTest, WhatIsGivenBackTellsWhereAndWhenItWasSentOnce) {
  const auto first = next();
  const auto sent_at = now_;
  const auto second = next(kThere);
  const auto echo = reports_.take_echo(first);
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->path, kHere);
  EXPECT_EQ(echo->sent_at, sent_at);
  EXPECT_TRUE(echo->is_first);
  ASSERT_TRUE(reports_.take_echo(second));
  ASSERT_TRUE(reports_.take_echo(first));
  EXPECT_FALSE(reports_.take_echo(first)->is_first);
}

TEST_F(SenderReportsTest, CountsPacketsWithoutTheHighestBitWhichIsSetForWhoIsLeftBehind) {
  const auto packets = [&] {
    next();
    return boost::endian::load_big_u32(&browser_.reports.back()[20]);
  };
  EXPECT_EQ(packets(), 1U);
  reports_.tell_left_behind(true);
  EXPECT_EQ(packets(), 0x80000001U);
  reports_.tell_left_behind(false);
  EXPECT_EQ(packets(), 1U);
  video_.packets = 0x80000005;
  EXPECT_EQ(packets(), 5U) << "a share of many days leaves nobody behind";
}

TEST_F(SenderReportsTest, EverySecondOneGoesOverAPathThatIsTried) {
  reports_.try_path(kThere);
  for (int i = 0; i < 4; ++i) next();
  EXPECT_EQ(sink_.paths, (std::vector{kThere, kHere, kThere, kHere}));
  reports_.try_path(std::nullopt);
  for (int i = 0; i < 2; ++i) next();
  EXPECT_EQ(sink_.paths.back(), kHere);
  EXPECT_EQ(sink_.paths[4], kHere);
}

TEST_F(SenderReportsTest, OneThatASinkDidNotTakeStillGoesWhereItShows) {
  reports_.try_path(kThere);
  sink_.is_full = true;
  reports_.make(video_, audio_, kHere, now_);
  EXPECT_FALSE(reports_.flush(kHere, sink_));
  reports_.try_path(std::nullopt);
  sink_.is_full = false;
  EXPECT_TRUE(reports_.flush(kHere, sink_));
  ASSERT_EQ(sink_.paths, std::vector{kThere});
}

TEST_F(SenderReportsTest, NobodyCanTellWhatOneSaysButTimeNeverGoesBack) {
  SenderReports others(srtp_, seeded_random(4), now_);
  std::uint64_t before = 0;
  int alike = 0;
  for (int i = 0; i < 100; ++i) {
    next();
    const auto said = ntp_of(browser_.reports.back());
    EXPECT_GT(said, before);
    EXPECT_GE(said, to_ntp(now_));
    EXPECT_LE(said, to_ntp(now_ + 200ms));
    before = said;
    others.make(video_, audio_, kHere, now_);
    others.flush(kHere, sink_);
    alike += ntp_of(browser_.reports.back()) == said ? 1 : 0;
  }
  EXPECT_LE(alike, 2);
}

TEST_F(SenderReportsTest, WhoGuessesIsBelievedNoPathAnyMore) {
  const auto real = next();
  for (int i = 1; i <= SenderReports::kMostGuesses; ++i) EXPECT_FALSE(reports_.take_echo(real + 50'000));
  EXPECT_TRUE(reports_.take_echo(real)->is_first);
  EXPECT_FALSE(reports_.take_echo(real + 50'001));
  const auto later = next();
  ASSERT_TRUE(reports_.take_echo(later)) << "it still says how long the way is";
  EXPECT_FALSE(reports_.take_echo(later)->is_first);
}

TEST_F(SenderReportsTest, WhatIsGivenBackWrapsAfterEighteenHours) {
  now_ = Instant(65'534s);  // 16 bits count the seconds
  std::vector<std::uint32_t> told;
  for (int i = 0; i < 16; ++i) told.push_back(next());
  EXPECT_LT(told.back(), told.front());
  for (const auto one : told) {
    ASSERT_TRUE(reports_.take_echo(one));
  }
  for (int i = 0; i <= SenderReports::kMostGuesses; ++i) reports_.take_echo(told.back() + 10'000);
  const auto later = next();
  EXPECT_FALSE(reports_.take_echo(later)->is_first) << "guesses are still told from what was heard long ago";
}

TEST_F(SenderReportsTest, WhatWasHeardLongAgoAndWhatNeverWasAreNoGuesses) {
  const auto old = next();
  for (int i = 0; i < 200; ++i) next();
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(reports_.take_echo(old));
    EXPECT_FALSE(reports_.take_echo(0));
  }
  EXPECT_TRUE(reports_.take_echo(next())->is_first);
}

}  // namespace
}  // namespace pixelpass::web
