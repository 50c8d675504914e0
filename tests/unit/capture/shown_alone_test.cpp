#include "capture/portal/shown_alone.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelpass::capture {
namespace {

PortalStreams streams_of(const std::vector<std::string>& ids) {
  PortalStreams streams;
  for (const auto& id : ids) streams.emplace_back().id = id;
  return streams;
}

ShownAlone second_of(const std::vector<std::string>& ids) {
  ShownAlone shown;
  shown.on_session(streams_of(ids));
  shown.show(2);
  return shown;
}

TEST(ShownAlone, IsNoneUntilItIsChosenAndAfterAllAre) {
  ShownAlone shown;
  shown.on_session(streams_of({"a", "b"}));
  EXPECT_EQ(shown.place(), std::nullopt);
  shown.show(2);
  EXPECT_EQ(shown.place(), 1U);
  shown.show(0);
  shown.on_session(streams_of({"b"}));
  EXPECT_EQ(shown.place(), std::nullopt);
}

TEST(ShownAlone, IsTheSameSourceInAnotherPlace) {
  auto shown = second_of({"a", "b"});
  shown.on_session(streams_of({"b", "a"}));
  EXPECT_EQ(shown.place(), 0U);
  EXPECT_EQ(shown.number(), 1);
}

TEST(ShownAlone, IsNoOtherSourceWhereItIsMissing) {
  for (const auto& others : std::vector<std::vector<std::string>>{{"a"}, {"a", "c"}, {"", ""}}) {
    auto shown = second_of({"a", "b"});
    shown.on_session(streams_of(others));
    EXPECT_TRUE(shown.is_missing());
    EXPECT_EQ(shown.place(), ShownAlone::kNowhere);
    EXPECT_EQ(shown.number(), 2);
  }
}

TEST(ShownAlone, IsShownAgainOnceItIsBack) {
  auto shown = second_of({"a", "b"});
  shown.on_session(streams_of({"a"}));
  shown.on_session(streams_of({"b", "a"}));
  EXPECT_FALSE(shown.is_missing());
  EXPECT_EQ(shown.place(), 0U);
}

TEST(ShownAlone, WithoutIdsIsTheOneInItsPlaceOfAsMany) {
  auto shown = second_of({"", ""});
  shown.on_session(streams_of({"", ""}));
  EXPECT_EQ(shown.place(), 1U);
  shown.on_session(streams_of({""}));
  EXPECT_EQ(shown.place(), ShownAlone::kNowhere);
  shown.on_session(streams_of({"", ""}));
  EXPECT_EQ(shown.place(), 1U);
}

TEST(ShownAlone, AnotherChoiceEndsThatItIsMissing) {
  auto shown = second_of({"a", "b"});
  shown.on_session(streams_of({"a"}));
  shown.show(0);
  EXPECT_EQ(shown.place(), std::nullopt);
  shown.show(1);
  EXPECT_EQ(shown.place(), 0U);
}

}  // namespace
}  // namespace pixelpass::capture
