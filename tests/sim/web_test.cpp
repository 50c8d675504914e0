#include "web_fixture.hpp"

namespace pixelpass::sim {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using tunnel::ViewerJoined;
using tunnel::ViewerLeft;
using tunnel::ViewerMoved;

class WebSession : public WebTest {};

TEST_F(WebSession, ABrowserThatHasTheTicketSeesThePicturesBitForBit) {
  const auto tab = open();
  const auto began = network.now();
  ASSERT_TRUE(join(tab));
  EXPECT_LE(network.now() - began, 300ms);
  show_for(3s);
  const auto joined = all<ViewerJoined>();
  ASSERT_THAT(joined, SizeIs(1));
  EXPECT_EQ(joined[0].viewer, 1U);
  EXPECT_EQ(joined[0].name, "Firefox");
  EXPECT_EQ(joined[0].path.remote, tab.address);
  const auto& shown = tab->pictures();
  ASSERT_GT(shown.size(), 80U);
  ASSERT_LE(shown.size(), sent.size());
  const auto first = sent.size() - shown.size();
  for (std::size_t i = 0; i < shown.size(); ++i) ASSERT_EQ(shown[i].bytes, sent[first + i]) << i;
  EXPECT_GT(tab->sounds, 80U);
  EXPECT_EQ(host.viewer_count(), 1U);
  EXPECT_TRUE(host.wants_opus());
}

TEST_F(WebSession, WhoHasAnotherSecretHearsNothing) {
  auto settings = settings_of(identity);
  settings.secret = {1};
  const auto tab = open(settings);
  show_for(3s);
  EXPECT_EQ(tab->heard_bytes, 0U);
  EXPECT_THAT(events, IsEmpty());
  EXPECT_EQ(host.counters().sessions, 0U);
}

TEST_F(WebSession, WhoShowsAnotherCertificateThanItsHelloNamesIsNoViewer) {
  const BrowserIdentity other;
  auto settings = settings_of(identity);
  settings.identity = &other;
  const auto tab = open(settings);
  show_for(12s);
  EXPECT_FALSE(tab->is_connected());
  EXPECT_THAT(events, IsEmpty());
  EXPECT_GE(host.counters().handshakes_failed, 1U);
}

TEST_F(WebSession, WhatAViewerIsAndHasGotIsTold) {
  const auto tab = open({.delay = 20ms});
  ASSERT_TRUE(join(tab));
  show_for(2s);
  const auto viewers = host.viewers();
  ASSERT_THAT(viewers, SizeIs(1));
  EXPECT_EQ(viewers[0].name, "Firefox");
  EXPECT_GT(viewers[0].bytes_sent, 600'000);
  EXPECT_NEAR(to_ms(viewers[0].rtt), 42, 3);
  EXPECT_NEAR(to_ms(viewers[0].lag), 21, 3);
  EXPECT_GT(viewers[0].line.acknowledged_bytes, 500'000U);
}

}  // namespace
}  // namespace pixelpass::sim
