#include "app/host/command_objection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

using namespace command;
using testing::HasSubstr;

const CommandedHost kStarting{
    .is_encoded_here = true, .shares = false, .sources = 1, .shows_one_alone = false, .viewers = {}};
const CommandedHost kOfOne{
    .is_encoded_here = true, .shares = true, .sources = 1, .shows_one_alone = false, .viewers = {3, 12}};
const CommandedHost kOfTwo{
    .is_encoded_here = true, .shares = true, .sources = 2, .shows_one_alone = false, .viewers = {}};
const CommandedHost kPassedOn{
    .is_encoded_here = false, .shares = true, .sources = 1, .shows_one_alone = false, .viewers = {}};

TEST(CommandObjection, NamesWhoIsHereWhereAnotherIsToBeKicked) {
  EXPECT_FALSE(objection_to(Kick{12}, kOfOne));
  const auto objection = objection_to(Kick{1}, kOfOne);
  ASSERT_TRUE(objection);
  EXPECT_EQ(objection->what, "viewer 1 is not here");
  EXPECT_EQ(objection->hint, "these are: 3, 12");
  EXPECT_EQ(objection->exit_code, ExitCode::kUsage);
  EXPECT_EQ(objection_to(Kick{1}, kPassedOn)->hint, "nobody watches");
}

TEST(CommandObjection, IsRaisedToWhatWouldChangeAStreamThatOthersEncode) {
  EXPECT_FALSE(objection_to(Mute{true}, kOfOne));
  EXPECT_FALSE(objection_to(SetBitrate{1'000'000}, kOfOne));
  EXPECT_THAT(objection_to(Mute{true}, kPassedOn)->hint, HasSubstr("pixelpass pause"));
  EXPECT_THAT(objection_to(SetBitrate{1'000'000}, kPassedOn)->what, HasSubstr("its bitrate"));
  EXPECT_FALSE(objection_to(Pause{}, kPassedOn));
}

TEST(CommandObjection, IsRaisedBeforeTheStartToWhatNeedsASource) {
  EXPECT_THAT(objection_to(Show{1}, kStarting)->what, HasSubstr("does not share yet"));
  EXPECT_THAT(objection_to(SetBitrate{1'000'000}, kStarting)->what, HasSubstr("does not share yet"));
  EXPECT_FALSE(objection_to(Mute{true}, kStarting)) << "it holds once there is one";
  EXPECT_FALSE(objection_to(Pause{}, kStarting));
  EXPECT_FALSE(objection_to(NewTicket{}, kStarting));
}

TEST(CommandObjection, SaysWhichOfSeveralCanBeShown) {
  for (const int source : {0, 1, 2}) EXPECT_FALSE(objection_to(Show{source}, kOfTwo)) << source;
  for (const int source : {-1, 3}) {
    const auto objection = objection_to(Show{source}, kOfTwo);
    ASSERT_TRUE(objection) << source;
    EXPECT_THAT(objection->hint, HasSubstr("1 to 2"));
  }
  EXPECT_THAT(objection_to(Show{0}, kOfOne)->what, HasSubstr("nothing to choose from"));
}

TEST(CommandObjection, IsNotRaisedToShowingTheOnlyOneLeftInPlaceOfOneThatIsMissing) {
  const CommandedHost host{
      .is_encoded_here = true, .shares = true, .sources = 1, .shows_one_alone = true, .viewers = {}};
  EXPECT_FALSE(objection_to(Show{0}, host));
  EXPECT_FALSE(objection_to(Show{1}, host));
  EXPECT_TRUE(objection_to(Show{2}, host));
}

}  // namespace
}  // namespace pixelpass::app
