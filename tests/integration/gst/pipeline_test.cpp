#include "pixelpass/gst/pipeline.hpp"

#include "pixelpass/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace pixelpass::gst {
namespace {

using Content = std::array<std::uint8_t, 4>;

/// A buffer over `content`, which tells when nobody has it any more.
Owned<GstBuffer> buffer_over(Content& content, bool& gone) {
  Owned<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_append_memory(
      buffer.get(),
      gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, content.data(), content.size(), 0, content.size(),
                             &gone, [](gpointer told) { *static_cast<bool*>(told) = true; }));
  return buffer;
}

TEST(SharedBytes, OfABufferLieWhereItHasThem) {
  start_gstreamer();
  Content content{1, 2, 3, 4};
  bool gone = false;
  const auto buffer = buffer_over(content, gone);
  const auto bytes = shared_bytes(buffer.get());
  EXPECT_EQ(bytes.data(), content.data());
  EXPECT_EQ(bytes.size(), content.size());
}

TEST(SharedBytes, KeepABufferForAsLongAsAnybodyHasThem) {
  start_gstreamer();
  Content content{1, 2, 3, 4};
  bool gone = false;
  auto buffer = buffer_over(content, gone);
  auto bytes = shared_bytes(buffer.get());
  auto copy = bytes;
  buffer.reset();
  bytes = {};
  EXPECT_FALSE(gone);
  EXPECT_EQ(copy.view()[3], 4);
  copy = {};
  EXPECT_TRUE(gone);
}

TEST(SharedBytes, OfNoBufferAreNone) {
  EXPECT_TRUE(shared_bytes(nullptr).empty());
}

TEST(Pipeline, OneThatDoesNotStartSaysWhyAndWhatItsMakerKnows) {
  start_gstreamer();
  const auto pipeline = parse_pipeline("filesrc location=/dev/null/film ! fakesink", "the film");
  try {
    start_pipeline(pipeline.get(), "the film", "try another film");
    ADD_FAILURE() << "it has started";
  } catch (const StartupError& refused) {
    EXPECT_THAT(refused.error().what, testing::HasSubstr("/dev/null/film"));
    EXPECT_EQ(refused.error().hint, "try another film");
  }
}

TEST(ElementProperty, OneThatAnElementLacksIsLeftOut) {
  start_gstreamer();
  const Owned<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("identity", nullptr))));
  EXPECT_TRUE(set_property(element.get(), "drop-probability", "0.5"));
  EXPECT_FALSE(set_property(element.get(), "no-such-property", "1"));
  EXPECT_FALSE(set_property(element.get(), "drop-probability", "much"));
  EXPECT_FALSE(set_property(element.get(), "stats", "1")) << "is for reading";
  constexpr auto kTable = std::to_array<ElementProperty>(
      {{"no-such-property", "1"}, {"silent", "false"}, {"nor-this", "1", true}, {"sync", "true"}});
  EXPECT_EQ(set_properties(element.get(), kTable), &kTable[2]);
  EXPECT_EQ(set_properties(element.get(), std::span(kTable).first(2)), nullptr);
}

}  // namespace
}  // namespace pixelpass::gst
