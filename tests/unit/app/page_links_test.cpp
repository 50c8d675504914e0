#include "app/host/page_links.hpp"

#include <gmock/gmock.h>

namespace pixelpass::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Link = LinkReady::Link;

Candidate candidate(CandidateKind kind, const char* address) {
  return {kind, *SocketAddress::parse(address)};
}

Candidate own(const char* address) {
  return candidate(CandidateKind::kHost, address);
}

std::vector<Link> served(const std::vector<Candidate>& candidates, PagePlaces places = {}) {
  places.is_served = true;
  return page_links("pp1x", candidates, places);
}

TEST(PageLinks, LeadToEachOwnAddressInTheTicketsOrder) {
  EXPECT_THAT(
      served({own("192.168.1.5:4433"), own("[2001:db8::5]:4433"), own("[fd00::5]:4433")}),
      ElementsAre(Link{"http://192.168.1.5:4433/#pp1x", true}, Link{"http://[2001:db8::5]:4433/#pp1x", true},
                  Link{"http://[fd00::5]:4433/#pp1x", true}));
}

TEST(PageLinks, LeadToWhereTheRouterDoesNotKeepAPortOpenForTcpInNoCase) {
  EXPECT_THAT(served({own("192.168.1.5:4433"), candidate(CandidateKind::kMapped, "198.51.100.7:4433"),
                      candidate(CandidateKind::kReflexive, "198.51.100.7:61000")}),
              ElementsAre(Link{"http://192.168.1.5:4433/#pp1x", true}));
}

TEST(PageLinks, BeginWithWhatIsReachedFromOutside) {
  PagePlaces places;
  places.mapped_v4 = *SocketAddress::parse("198.51.100.7:4500");
  EXPECT_THAT(
      served({own("10.0.0.5:4433"), own("203.0.113.9:4433")}, places),
      ElementsAre(Link{"http://203.0.113.9:4433/#pp1x", false}, Link{"http://198.51.100.7:4500/#pp1x", false},
                  Link{"http://10.0.0.5:4433/#pp1x", true}));
}

TEST(PageLinks, BeginWithTheUsersCopy) {
  PagePlaces places;
  places.url = "https://pages.example/watch?now";
  EXPECT_THAT(page_links("pp1x", std::vector<Candidate>{}, places),
              ElementsAre(Link{"https://pages.example/watch?now#pp1x", false}));
  EXPECT_THAT(served({own("10.0.0.5:4433")}, places),
              ElementsAre(Link{"https://pages.example/watch?now#pp1x", false},
                          Link{"http://10.0.0.5:4433/#pp1x", true}));
}

TEST(PageLinks, LeaveOutWhatNoBrowserCanOpen) {
  EXPECT_THAT(served({own("[fe80::1]:4433"), own("127.0.0.1:4433"), own("169.254.3.4:4433")}),
              ElementsAre(Link{"http://169.254.3.4:4433/#pp1x", true}));
  EXPECT_THAT(served({own("127.0.0.1:4433")}), ElementsAre(Link{"http://127.0.0.1:4433/#pp1x", true}))
      << "on this machine at least";
}

TEST(PageLinks, AreNoneWhereThePageIsNowhere) {
  EXPECT_THAT(page_links("pp1x", std::vector{own("10.0.0.5:4433")}, {}), IsEmpty());
}

}  // namespace
}  // namespace pixelpass::app
