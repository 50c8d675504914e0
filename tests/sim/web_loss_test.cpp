#include "web_fixture.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace pixelpass::sim {
namespace {

using testing::SizeIs;

class WebLoss : public WebTest {
 protected:
  /// Between pictures, as they are shown.
  static Duration gap_p95(const std::vector<ShownPicture>& pictures) {
    std::vector<Duration> gaps;
    for (std::size_t i = 1; i < pictures.size(); ++i)
      gaps.push_back(pictures[i].shown_at - pictures[i - 1].shown_at);
    std::ranges::sort(gaps);
    return gaps.at(gaps.size() * 95 / 100);
  }
  Duration p95_with(double loss) {
    const auto tab = open({.delay = 10ms, .jitter = 1ms, .loss = loss / 2});  // on both links of the way
    network.set_both(host_node, {.delay = 10ms, .loss = loss / 2});
    EXPECT_TRUE(join(tab));
    show_for(30s);
    EXPECT_GT(tab->pictures().size(), 850U);
    RecordProperty("gap_p95_us", static_cast<int>(to_us(gap_p95(tab->pictures()))));
    return gap_p95(tab->pictures());
  }
};

TEST_F(WebLoss, OnePercentAt40MillisecondsOfRoundTripIsHardlySeen) {
  EXPECT_LE(p95_with(0.01), 80ms);
}

TEST_F(WebLoss, FivePercentAt40MillisecondsOfRoundTripIsBorne) {
  EXPECT_LE(p95_with(0.05), 150ms);
}

/// This browser repeats each flight once, the host more often: hardly one is lost.
TEST_F(WebLoss, AHandshakeStandsALineThatLosesATwentieth) {
  int connected = 0;
  for (int i = 0; i < 20; ++i) {
    const BrowserIdentity other;
    const auto tab = open(settings_of(other), {.delay = 20ms, .loss = 0.05});
    if (show_until([&] { return tab->is_connected(); }, 8s)) ++connected;
    remove(tab);
  }
  EXPECT_GE(connected, 17);
}

/// Draws what lets RTP's clocks wrap within half a minute, and its sequence numbers as soon as they may.
class WebWraps : public WebTest {
 protected:
  WebWraps() : WebTest(1, draw) {}

 private:
  static void draw(std::span<std::uint8_t> out) {
    constexpr std::array<std::uint8_t, 6> kStream{0xff, 0xff, 0xff, 0xf0, 0, 0};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = kStream[i % kStream.size()];
  }
};

TEST_F(WebWraps, AnHourIsSeenWithoutAFlaw) {
  picture_bytes = 2'000;
  keeps_pictures = false;
  const auto tab = open({.loss = 0.001});
  ASSERT_TRUE(join(tab));
  tab->keep_little();
  show_for(1h);
  const auto packets = host.viewers()[0].line.sent_packets;
  EXPECT_GT(packets, 3 * 65'536U);
  EXPECT_LT(host.viewers()[0].lost_packets, packets / 500);
  EXPECT_GT(tab->audio_packets, packets / 3);
  ASSERT_THAT(tab->pictures(), SizeIs(1));
  EXPECT_LE(network.now() - tab->pictures()[0].shown_at, 200ms);
  EXPECT_LE(to_ms(host.viewers()[0].rtt), 20);
  EXPECT_LE(all<tunnel::KeyframeWanted>().size(), 2U) << "the browser never lost the thread";
}

}  // namespace
}  // namespace pixelpass::sim
