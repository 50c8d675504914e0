#include "app/host/host_journal.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

class Listener final : public EventSink {
 public:
  void on(const Event& event) override { heard.push_back(event); }
  [[nodiscard]] bool wants_stats() const override { return wants; }
  [[nodiscard]] bool broken() const override { return is_broken; }

  std::vector<Event> heard;
  bool wants = false;
  bool is_broken = false;
};

class HostJournalTest : public testing::Test {
 protected:
  void join(std::uint32_t number, const char* name) {
    journal_.on(ViewerJoined{number, name, {SocketAddress(), SocketAddress::loopback(9)}});
  }
  static HostStats stats_of(std::uint32_t viewer) {
    HostStats stats;
    stats.viewers.push_back({.viewer = viewer, .path = {}, .bitrate_bps = 4'000'000, .rtt = 12ms});
    stats.encode_fps = 30;
    return stats;
  }

  Listener listener_;
  HostJournal journal_{listener_};
};

TEST_F(HostJournalTest, PassesOnWhatItHears) {
  journal_.on(Paused{"no viewers"});
  join(1, "Ben");
  EXPECT_EQ(listener_.heard.size(), 2U);
  EXPECT_FALSE(journal_.broken());
  listener_.is_broken = true;
  EXPECT_TRUE(journal_.broken());
}

TEST_F(HostJournalTest, KeepsStatisticsThatNobodyElseWants) {
  EXPECT_TRUE(journal_.wants_stats());
  journal_.on(stats_of(1));
  EXPECT_TRUE(listener_.heard.empty());
  EXPECT_EQ(journal_.status().at("stats").at("encode_fps"), 30.0);
  listener_.wants = true;
  journal_.on(stats_of(1));
  EXPECT_EQ(listener_.heard.size(), 1U);
}

TEST_F(HostJournalTest, HasNothingBeforeItHasHeardAnything) {
  EXPECT_EQ(journal_.status(), (boost::json::object{{"state", "starting"},
                                                    {"viewers", boost::json::array{}},
                                                    {"publishes", boost::json::array{}},
                                                    {"stats", nullptr}}));
  EXPECT_FALSE(journal_.ticket());
}

TEST_F(HostJournalTest, SaysWhatIsSharedAndWhyItRests) {
  journal_.on(Sharing{{"test", 1280, 720, 30, "x264enc", "none", 6'000'000}});
  EXPECT_EQ(journal_.status().at("state"), "sharing");
  EXPECT_EQ(journal_.status().at("width"), 1280);
  EXPECT_FALSE(journal_.status().contains("reason"));
  journal_.on(Paused{"on request"});
  EXPECT_EQ(journal_.status().at("state"), "paused");
  EXPECT_EQ(journal_.status().at("reason"), "on request");
  EXPECT_EQ(journal_.status().at("encoder"), "x264enc");
  journal_.on(Sharing{{"test", 640, 360, 30, "x264enc", "none", 6'000'000}});
  EXPECT_EQ(journal_.status().at("state"), "sharing");
  EXPECT_EQ(journal_.status().at("width"), 640);
}

TEST_F(HostJournalTest, KnowsWhoWatchesAndHowItGoes) {
  join(1, "Ben");
  join(2, "Cleo");
  journal_.on(stats_of(2));
  const auto status = journal_.status();
  const auto& viewers = status.at("viewers").as_array();
  ASSERT_EQ(viewers.size(), 2U);
  EXPECT_EQ(viewers[0].at("name"), "Ben");
  EXPECT_EQ(viewers[0].at("address"), "127.0.0.1:9");
  EXPECT_FALSE(viewers[0].as_object().contains("rtt_ms"));
  EXPECT_EQ(viewers[1].at("name"), "Cleo");
  EXPECT_EQ(viewers[1].at("rtt_ms"), 12.0);
  EXPECT_EQ(viewers[1].at("bitrate_bps"), 4'000'000);
  EXPECT_FALSE(status.at("stats").as_object().contains("viewers"));
  journal_.on(ViewerLeft{1, "Ben", {}, "bye"});
  EXPECT_EQ(journal_.status().at("viewers").as_array().size(), 1U);
}

TEST_F(HostJournalTest, HandsOutTheNewestTicket) {
  journal_.on(TicketReady{"pp1old", std::nullopt, Reachability::kLan});
  journal_.on(TicketReady{"pp1new", std::nullopt, Reachability::kOpen, "friends reach you", "nothing to do"});
  EXPECT_EQ(*journal_.ticket(), (boost::json::object{{"ticket", "pp1new"},
                                                     {"expires_at", nullptr},
                                                     {"reachability", "open"},
                                                     {"verdict", "friends reach you"},
                                                     {"hint", "nothing to do"}}));
}

TEST_F(HostJournalTest, HandsOutTheLinksOfBrowsersWithTheTicket) {
  journal_.on(TicketReady{"pp1x", std::nullopt, Reachability::kLan});
  EXPECT_FALSE(journal_.ticket()->contains("links"));
  journal_.on(LinkReady{{{"http://10.0.0.1:9/#pp1x", true}, {"http://[fd00::1]:9/#pp1x", true}}});
  EXPECT_EQ(journal_.ticket()->at("links"),
            (boost::json::array{"http://10.0.0.1:9/#pp1x", "http://[fd00::1]:9/#pp1x"}));
  EXPECT_EQ(boost::json::serialize(journal_.status()).find("pp1x"), std::string::npos) << "a secret";
  journal_.on(LinkReady{});
  EXPECT_FALSE(journal_.ticket()->contains("links"));
}

}  // namespace
}  // namespace pixelpass::app
