#include "capture/portal/portal_pipeline.hpp"

#include "pixelpass/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr auto kOffer = "video/x-raw,format=BGRx";

PortalPipeline::Callbacks deaf() {
  return {[](const gst::Owned<GstSample>&, Instant) {}, [] {}};
}

/// As on a machine without its package; for as long as this lives.
class WithoutElement {
 public:
  explicit WithoutElement(const char* name) {
    gst::start_gstreamer();
    feature_ = gst_registry_lookup_feature(gst_registry_get(), name);
    if (feature_ != nullptr) gst_registry_remove_feature(gst_registry_get(), feature_);
  }
  ~WithoutElement() {
    if (feature_ != nullptr) gst_registry_add_feature(gst_registry_get(), feature_);
  }
  WithoutElement(const WithoutElement&) = delete;
  WithoutElement& operator=(const WithoutElement&) = delete;

 private:
  GstPluginFeature* feature_ = nullptr;
};

TEST(PortalPipeline, AMissingElementIsAnErrorThatNamesItAndNoCrash) {
  const WithoutElement without("pipewiresrc");
  try {
    const PortalPipeline pipeline(Descriptor(-1), 1, kOffer, nullptr, deaf());
    ADD_FAILURE() << "did not throw";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, testing::HasSubstr("pipewiresrc"));
  }
}

TEST(PortalPipeline, APropertyThatAnElementLacksIsLeftOut) {
  gst::start_gstreamer();
  const gst::Owned<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("identity", nullptr))));
  EXPECT_TRUE(gst::set_property(element.get(), "drop-probability", "0.5"));
  EXPECT_FALSE(gst::set_property(element.get(), "no-such-property", "1"));
  EXPECT_FALSE(gst::set_property(element.get(), "drop-probability", "much"));
  EXPECT_FALSE(gst::set_property(element.get(), "stats", "1")) << "is for reading";
  constexpr auto kTable = std::to_array<gst::ElementProperty>(
      {{"no-such-property", "1"}, {"silent", "false"}, {"nor-this", "1", true}, {"sync", "true"}});
  EXPECT_EQ(gst::set_properties(element.get(), kTable), &kTable[2]);
  EXPECT_EQ(gst::set_properties(element.get(), std::span(kTable).first(2)), nullptr);
}

}  // namespace
}  // namespace pixelpass::capture
