#include "pixelpass/encode/encoder_report.hpp"

#include "pixelpass/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pixelpass::encode {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Names = std::set<std::string, std::less<>>;

HasElement in(Names names) {
  return [names = std::move(names)](std::string_view name) { return names.contains(name); };
}

/// A machine with all of GStreamer's plugins, the software encoders and no GPU.
EncoderFacts plain_machine() {
  return {.has_element = in({"x264enc", "openh264enc"}), .has_plugin = in({"va", "nvcodec"})};
}

VaNode node_of(GpuMaker maker, VaState state) {
  VaNode node;
  node.path = "/dev/dri/renderD128";
  node.maker = maker;
  node.state = state;
  node.detail = "libva's words";
  node.driver = "the driver";
  return node;
}

VaNode encoding_node(bool full, bool low_power) {
  VaNode node = node_of(GpuMaker::kIntel, VaState::kEncodes);
  node.full = {.there = full, .constant_rate = full, .profiles = {}};
  node.low_power = {.there = low_power, .constant_rate = low_power, .profiles = {}};
  return node;
}

EncoderFacts machine_with(VaNode node) {
  EncoderFacts facts = plain_machine();
  facts.has_element = in({"x264enc", "openh264enc", "vah264enc", "vah264lpenc"});
  facts.va.nodes.push_back(std::move(node));
  return facts;
}

EncoderReport report_of(std::string_view element, const EncoderFacts& facts) {
  const auto reports = report_video_encoders(facts);
  return *std::ranges::find(reports, element, &EncoderReport::name);
}

std::vector<std::string> candidates(std::string_view option, const EncoderFacts& facts) {
  std::vector<std::string> names;
  for (const VideoEncoder* encoder : video_encoder_candidates(option, facts))
    names.emplace_back(encoder->element);
  return names;
}

Error error_of(std::string_view option, const EncoderFacts& facts) {
  try {
    video_encoder_candidates(option, facts);
  } catch (const StartupError& error) {
    return error.error();
  }
  ADD_FAILURE() << "did not throw";
  return {};
}

TEST(EncoderReport, ListsAllInTheOrderInWhichTheyAreTried) {
  std::vector<std::string> names;
  for (const auto& report : report_video_encoders(plain_machine())) names.push_back(report.name);
  EXPECT_THAT(names, ElementsAre("vah264enc", "vah264lpenc", "nvh264enc", "x264enc", "openh264enc"));
}

TEST(EncoderReport, WithoutAGpuOnlySoftwareIsTried) {
  EXPECT_THAT(candidates("auto", plain_machine()), ElementsAre("x264enc", "openh264enc"));
  EXPECT_THAT(report_of("vah264enc", plain_machine()).why, HasSubstr("no render node"));
  EXPECT_THAT(report_of("nvh264enc", plain_machine()).why, HasSubstr("no NVIDIA GPU"));
  EXPECT_TRUE(report_of("x264enc", plain_machine()).usable);
}

TEST(EncoderReport, HardwareIsTriedBeforeSoftware) {
  EXPECT_THAT(candidates("auto", machine_with(encoding_node(true, true))),
              ElementsAre("vah264enc", "vah264lpenc", "x264enc", "openh264enc"));
  EXPECT_THAT(report_of("vah264enc", machine_with(encoding_node(true, true))).why,
              "the driver on /dev/dri/renderD128");
}

TEST(EncoderReport, VaapiMeansBothModesAndNothingElse) {
  EXPECT_THAT(candidates("vaapi", machine_with(encoding_node(true, true))),
              ElementsAre("vah264enc", "vah264lpenc"));
  EXPECT_THAT(candidates("vaapi", machine_with(encoding_node(false, true))), ElementsAre("vah264lpenc"));
  EXPECT_THAT(report_of("vah264enc", machine_with(encoding_node(false, true))).why, HasSubstr("low-power"));
}

TEST(EncoderReport, ForcedSoftwareIsTheOnlyCandidate) {
  EXPECT_THAT(candidates("openh264", machine_with(encoding_node(true, true))), ElementsAre("openh264enc"));
}

TEST(EncoderReport, EachFailureOfARenderNodeHasItsOwnRemedy) {
  const auto report = [](GpuMaker maker, VaState state) {
    return report_of("vah264enc", machine_with(node_of(maker, state)));
  };
  const EncoderReport permission = report(GpuMaker::kIntel, VaState::kNoPermission);
  EXPECT_THAT(permission.hint, AllOf(HasSubstr("usermod"), HasSubstr("render")));
  const EncoderReport intel = report(GpuMaker::kIntel, VaState::kNoDriver);
  EXPECT_THAT(intel.why, AllOf(HasSubstr("renderD128"), HasSubstr("libva's words")));
  EXPECT_THAT(intel.hint, HasSubstr("intel-media"));
  EXPECT_THAT(report(GpuMaker::kAmd, VaState::kNoDriver).hint, Not(HasSubstr("intel-media")));
  EXPECT_THAT(report(GpuMaker::kNvidia, VaState::kNoDriver).hint, HasSubstr("nvh264enc"));
  EXPECT_THAT(report(GpuMaker::kAmd, VaState::kNoH264).why, HasSubstr("the driver does not encode H.264"));
  for (const auto& one : {permission, intel}) EXPECT_FALSE(one.usable);
}

TEST(EncoderReport, DriverThatCannotHoldARateIsNotTried) {
  VaNode node = encoding_node(true, true);
  node.low_power.constant_rate = false;
  EXPECT_THAT(candidates("vaapi", machine_with(node)), ElementsAre("vah264enc"));
  const EncoderReport report = report_of("vah264lpenc", machine_with(node));
  EXPECT_THAT(report.why, HasSubstr("constant bitrate"));
  EXPECT_THAT(report.hint, HasSubstr("i915.enable_guc"));
}

TEST(EncoderReport, OneNodeThatWorksIsEnough) {
  EncoderFacts facts = machine_with(node_of(GpuMaker::kNvidia, VaState::kNoDriver));
  facts.va.nodes.push_back(encoding_node(true, false));
  EXPECT_TRUE(report_of("vah264enc", facts).usable);
}

TEST(EncoderReport, SeveralNodesThatDoNotWorkAreAllNamed) {
  EncoderFacts facts = machine_with(node_of(GpuMaker::kAmd, VaState::kNoPermission));
  facts.va.nodes.push_back(node_of(GpuMaker::kIntel, VaState::kNoH264));
  facts.va.nodes.back().path = "/dev/dri/renderD129";
  const EncoderReport report = report_of("vah264enc", facts);
  EXPECT_THAT(report.why, AllOf(HasSubstr("renderD128"), HasSubstr("renderD129")));
  EXPECT_THAT(report.hint, HasSubstr("usermod"));
}

TEST(EncoderReport, DriverThatWorksWithoutThePluginNamesThePackage) {
  EncoderFacts facts = machine_with(encoding_node(true, false));
  facts.has_element = in({"x264enc"});
  facts.has_plugin = in({});
  EXPECT_THAT(report_of("vah264enc", facts).why, HasSubstr("no element vah264enc"));
  EXPECT_THAT(report_of("vah264enc", facts).hint, HasSubstr("install"));
}

TEST(EncoderReport, PluginThatRefusesTheDriverIsToldFromAMissingOne) {
  EncoderFacts facts = machine_with(encoding_node(true, false));
  facts.has_element = in({"x264enc"});
  EXPECT_THAT(report_of("vah264enc", facts).hint, HasSubstr("GST_VA_ALL_DRIVERS"));
}

TEST(EncoderReport, NvencNeedsItsDriverItsPluginAndItsLibrary) {
  EncoderFacts facts = plain_machine();
  facts.nvidia_gpu = true;
  EXPECT_THAT(report_of("nvh264enc", facts).why, HasSubstr("nouveau"));
  facts.nvidia_driver = "550.1";
  EXPECT_THAT(report_of("nvh264enc", facts).why, HasSubstr("550.1"));
  EXPECT_THAT(report_of("nvh264enc", facts).hint, HasSubstr("libnvidia-encode-550"));
  facts.has_plugin = in({});
  EXPECT_THAT(report_of("nvh264enc", facts).why, HasSubstr("no element nvh264enc"));
  facts.has_element = in({"nvh264enc"});
  EXPECT_THAT(candidates("auto", facts), ElementsAre("nvh264enc"));
}

TEST(EncoderReport, WithoutAnyEveryReasonIsGivenAndWhatToInstall) {
  const EncoderFacts bare{.has_element = in({}), .has_plugin = in({})};
  const Error error = error_of("auto", bare);
  for (const char* name : {"vah264enc", "vah264lpenc", "nvh264enc", "x264enc", "openh264enc"})
    EXPECT_THAT(error.what, HasSubstr(name));
  EXPECT_THAT(error.hint, HasSubstr("install"));
  EXPECT_EQ(error.exit_code, ExitCode::kCouldNotStart);
}

TEST(EncoderReport, ForcedEncoderThatCannotWorkSaysWhyAndWhatElse) {
  const Error va = error_of("vaapi", plain_machine());
  EXPECT_THAT(va.what, AllOf(HasSubstr("--encoder vaapi"), HasSubstr("no render node")));
  EXPECT_THAT(va.what, Not(HasSubstr("x264enc")));
  EXPECT_THAT(va.hint, HasSubstr("--encoder auto"));
  EXPECT_THAT(error_of("nvenc", plain_machine()).hint, "use --encoder auto");
  EXPECT_EQ(error_of("h263", plain_machine()).exit_code, ExitCode::kUsage);
}

TEST(EncoderReport, SoundsEncodersAreListedWithWhatInstallsThem) {
  const auto reports = report_audio_encoders(in({"voaacenc"}));
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[1].name, "avenc_aac");
  EXPECT_FALSE(reports[1].usable);
  EXPECT_THAT(reports[0].hint, IsEmpty());  // nobody's main part has it
  EXPECT_THAT(reports[1].hint, HasSubstr("install"));
  EXPECT_TRUE(reports[2].usable);
  EXPECT_THAT(reports[2].hint, IsEmpty());
}

TEST(EncoderReport, ThisMachineIsAskedWithoutAWord) {
  testing::internal::CaptureStderr();
  const auto reports = report_video_encoders();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_EQ(reports.size(), video_encoders().size());
  for (const EncoderReport& report : reports) EXPECT_THAT(report.why, Not(IsEmpty())) << report.name;
}

}  // namespace
}  // namespace pixelpass::encode
