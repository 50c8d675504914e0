#include "encode/import_formats.hpp"

#include "stand_in_va.hpp"
#include <gmock/gmock.h>

namespace pixelpass::encode {
namespace {

using capture::DmaBufFormats;
using capture::kImplicit;
using capture::kLinear;

constexpr std::uint64_t kTiled = 0x0100'0000'0000'0002;

DmaBufFormats read(const char* caps) {
  gst::start_gstreamer();
  return read_import_formats(gst::Owned<GstCaps>(gst_caps_from_string(caps)).get());
}

TEST(ImportFormats, LayoutsAreThoseThatGStreamerNames) {
  EXPECT_EQ(read("video/x-raw(memory:VAMemory),format=NV12;"
                 "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format={(string)NV12:0x0100000000000002,"
                 "(string)XR24:0x0100000000000002,(string)XR24,(string)AB24:0x0100000000000002};"
                 "video/x-raw,format={NV12,BGRx}"),
            (DmaBufFormats{{"XR24", {kTiled, kLinear}}, {"AB24", {kTiled}}}));
  EXPECT_EQ(read("video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=(string)AR24"),
            (DmaBufFormats{{"AR24", {kLinear}}}));
}

TEST(ImportFormats, BeforeGStreamerNamesThemTheDriverKnows) {
  EXPECT_EQ(read("video/x-raw(memory:DMABuf),format={(string)NV12,(string)BGRx,(string)RGBA}"),
            (DmaBufFormats{{"XR24", {kLinear, kImplicit}}, {"AB24", {kLinear, kImplicit}}}));
}

TEST(ImportFormats, WhatIsNoFormatOfAScreensIsPassedOver) {
  EXPECT_TRUE(read("video/x-raw,format={NV12,BGRx};video/x-raw(memory:VAMemory),format=BGRx").empty());
  EXPECT_TRUE(read("video/x-raw(memory:DMABuf),format={NV12,P010_10LE}").empty());
  EXPECT_TRUE(read("video/x-raw(memory:DMABuf)").empty());
  EXPECT_TRUE(read("ANY").empty());
  for (const char* text :
       {"XR24:", "XR24:0x", "XR24:0xg", "XR24:0x12345678123456781", "XR2", "", "XR24 :0x1"})
    EXPECT_TRUE(
        read(("video/x-raw(memory:DMABuf),drm-format=(string)\"" + std::string(text) + "\"").c_str()).empty())
        << text;
}

TEST(ImportFormats, AConverterIsAskedForItsOwn) {
  gst::start_gstreamer();
  EXPECT_TRUE(import_formats("no-such-element").empty());
  EXPECT_TRUE(import_formats("videocrop").empty());
  const StandInVa stand_in;
  const auto formats = import_formats("vapostproc");
  ASSERT_FALSE(formats.empty());
  EXPECT_THAT(formats, testing::Each(testing::Field(&capture::DmaBufFormat::layouts,
                                                    testing::Contains(testing::AnyOf(kLinear, kTiled)))));
}

}  // namespace
}  // namespace pixelpass::encode
