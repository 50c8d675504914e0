#include "capture/portal/stream_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/format.h>
#include <spa/pod/builder.h>
#include <spa/pod/filter.h>
#include <spa/pod/iter.h>
#include <spa/pod/parser.h>

#include <set>

namespace pixelpass::capture {
namespace {

constexpr std::uint64_t kTiled = 0x0100'0000'0000'0002;

/// What a compositor offers, in its own words.
struct Source {
  std::uint32_t format = SPA_VIDEO_FORMAT_BGRx;
  std::vector<std::uint64_t> modifiers;  ///< empty: shared memory
  std::uint32_t width = 1280;
  std::uint32_t fps = 60;
  bool fixed_rate = false;
  std::uint32_t range = SPA_VIDEO_COLOR_RANGE_UNKNOWN;
};

class SourcePod {
 public:
  explicit SourcePod(const Source& source) {
    spa_pod_builder_init(&builder_, memory_.data(), static_cast<std::uint32_t>(memory_.size()));
    spa_pod_frame object{};
    spa_pod_builder_push_object(&builder_, &object, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
    id(SPA_FORMAT_mediaType, SPA_MEDIA_TYPE_video);
    id(SPA_FORMAT_mediaSubtype, SPA_MEDIA_SUBTYPE_raw);
    id(SPA_FORMAT_VIDEO_format, source.format);
    if (!source.modifiers.empty()) add_modifiers(source.modifiers);
    spa_pod_builder_prop(&builder_, SPA_FORMAT_VIDEO_size, 0);
    spa_pod_builder_rectangle(&builder_, source.width, 720);
    add_rate(source);
    if (source.range != SPA_VIDEO_COLOR_RANGE_UNKNOWN) id(SPA_FORMAT_VIDEO_colorRange, source.range);
    pod_ = static_cast<spa_pod*>(spa_pod_builder_pop(&builder_, &object));
  }
  [[nodiscard]] const spa_pod* get() const { return pod_; }

 private:
  void id(std::uint32_t key, std::uint32_t value) {
    spa_pod_builder_prop(&builder_, key, 0);
    spa_pod_builder_id(&builder_, value);
  }
  void add_modifiers(const std::vector<std::uint64_t>& modifiers) {
    spa_pod_builder_prop(&builder_, SPA_FORMAT_VIDEO_modifier,
                         SPA_POD_PROP_FLAG_MANDATORY | SPA_POD_PROP_FLAG_DONT_FIXATE);
    spa_pod_frame choice{};
    spa_pod_builder_push_choice(&builder_, &choice, SPA_CHOICE_Enum, 0);
    spa_pod_builder_long(&builder_, static_cast<std::int64_t>(modifiers.front()));
    for (const auto modifier : modifiers)
      spa_pod_builder_long(&builder_, static_cast<std::int64_t>(modifier));
    spa_pod_builder_pop(&builder_, &choice);
  }
  /// As wlroots' portal, mutter and KWin do: whenever something changes, up to 60 times a second.
  void add_rate(const Source& source) {
    spa_pod_builder_prop(&builder_, SPA_FORMAT_VIDEO_framerate, 0);
    spa_pod_builder_fraction(&builder_, source.fixed_rate ? source.fps : 0, 1);
    if (source.fixed_rate) return;
    spa_pod_builder_prop(&builder_, SPA_FORMAT_VIDEO_maxFramerate, 0);
    spa_pod_frame choice{};
    spa_pod_builder_push_choice(&builder_, &choice, SPA_CHOICE_Range, 0);
    for (const auto rate : {source.fps, 1U, source.fps}) spa_pod_builder_fraction(&builder_, rate, 1);
    spa_pod_builder_pop(&builder_, &choice);
  }

  std::array<std::uint8_t, 2048> memory_{};
  spa_pod_builder builder_{};
  spa_pod* pod_ = nullptr;
};

struct Agreement {
  StreamFormat format;
  std::uint32_t most_fps = 0;
};

/// As PipeWire finds a format for a link: the first of the offer that goes with one of the source's.
std::optional<Agreement> agree(const StreamOffer& offer, const std::vector<Source>& sources) {
  StreamParameters parameters(offer);
  for (const spa_pod* ours : parameters.get()) {
    for (const auto& source : sources) {
      const SourcePod theirs(source);
      std::array<std::uint8_t, 2048> memory{};
      spa_pod_builder builder{};
      spa_pod_builder_init(&builder, memory.data(), static_cast<std::uint32_t>(memory.size()));
      spa_pod* found = nullptr;
      if (spa_pod_filter(&builder, &found, theirs.get(), ours) < 0) continue;
      // As a source does that has chosen the first layout.
      if (auto* prop = spa_pod_find_prop(found, nullptr, SPA_FORMAT_VIDEO_modifier))
        const_cast<spa_pod_prop*>(prop)->flags &= ~SPA_POD_PROP_FLAG_DONT_FIXATE;
      spa_pod_object_fixate(reinterpret_cast<spa_pod_object*>(found));
      const auto format = read_format(found);
      if (!format) return std::nullopt;
      spa_fraction most{};
      if (const auto* prop = spa_pod_find_prop(found, nullptr, SPA_FORMAT_VIDEO_maxFramerate)) {
        std::uint32_t values = 0;
        std::uint32_t choice = 0;
        spa_pod_get_fraction(spa_pod_get_values(&prop->value, &values, &choice), &most);
      }
      return Agreement{*format, most.num};
    }
  }
  return std::nullopt;
}

const StreamOffer kSoftware{{}, 30};
const StreamOffer kHardware{in_all_formats(std::array{kTiled, kLinear}), 30};

TEST(StreamFormat, SharedMemoryIsAgreedOnInEachOrderOfBytes) {
  for (const auto& [format, name] : {std::pair{SPA_VIDEO_FORMAT_BGRx, "BGRx"},
                                     {SPA_VIDEO_FORMAT_RGBA, "RGBA"},
                                     {SPA_VIDEO_FORMAT_xRGB, "xRGB"},
                                     {SPA_VIDEO_FORMAT_ABGR, "ABGR"}}) {
    const auto found = agree(kSoftware, {{.format = static_cast<std::uint32_t>(format), .modifiers = {}}});
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->format.pixels.name, name);
    EXPECT_EQ(found->format.size, (Size{1280, 720}));
    EXPECT_FALSE(found->format.modifier);
  }
}

TEST(StreamFormat, ASourceIsToldThatNoMorePicturesAreWantedThanAreEncoded) {
  for (const int fps : {24, 30, 60}) {
    const auto found = agree({{}, fps}, {Source{}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->most_fps, static_cast<std::uint32_t>(fps));
  }
  EXPECT_EQ(agree({{}, 144}, {Source{}})->most_fps, 60U) << "nor more than it has";
}

TEST(StreamFormat, ASourceWithAFixedAndHigherRateIsTakenAllTheSame) {
  EXPECT_TRUE(agree(kSoftware, {{.modifiers = {}, .fps = 60, .fixed_rate = true}}));
}

TEST(StreamFormat, DmaBufsComeFirstForAnEncoderThatImportsThem) {
  const Source shared;
  const auto found = agree(kHardware, {shared, {.modifiers = {kLinear, kTiled}}});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->format.modifier);
}

TEST(StreamFormat, ALayoutThatTheEncoderDoesNotTakeIsNotAgreedOn) {
  constexpr std::uint64_t kOther = kTiled + 1;
  EXPECT_FALSE(agree(kHardware, {{.modifiers = {kOther}}}));
  const auto found = agree(kHardware, {{.modifiers = {kOther}}, Source{}});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->format.modifier) << "shared memory is what is left";
}

TEST(StreamFormat, ALayoutIsOfferedInTheFormatsAloneThatItIsImportedIn) {
  const StreamOffer offer{{{"XR24", {kLinear}}, {"AB24", {kTiled}}}, 30};
  const auto agrees = [&](std::uint32_t format, std::uint64_t layout) {
    return agree(offer, {{.format = format, .modifiers = {layout}}}).has_value();
  };
  EXPECT_TRUE(agrees(SPA_VIDEO_FORMAT_BGRx, kLinear));
  EXPECT_FALSE(agrees(SPA_VIDEO_FORMAT_BGRx, kTiled));
  EXPECT_TRUE(agrees(SPA_VIDEO_FORMAT_RGBA, kTiled));
  EXPECT_FALSE(agrees(SPA_VIDEO_FORMAT_RGBA, kLinear));
  EXPECT_FALSE(agrees(SPA_VIDEO_FORMAT_BGRA, kLinear));
}

TEST(StreamFormat, AnyNumberOfLayoutsLeavesRoomForSharedMemory) {
  std::vector<std::uint64_t> layouts;
  for (std::uint64_t layout = 0; layout < 1000; ++layout) layouts.push_back(kTiled + layout);
  StreamOffer offer{in_all_formats(layouts), 30};
  offer.size = Size{640, 480};
  EXPECT_TRUE(agree(offer, {{.modifiers = {kTiled}}}));
  EXPECT_TRUE(agree(offer, {Source{}}));
}

TEST(StreamFormat, SoftwareTakesSharedMemoryWhereThereIsAnyAndElseWhatItCanRead) {
  const auto both = agree(kSoftware, {{.modifiers = {kLinear}}, Source{}});
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->format.modifier);
  const auto alone = agree(kSoftware, {{.modifiers = {kTiled, kLinear}}});
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->format.modifier, kLinear);
  EXPECT_FALSE(agree(kSoftware, {{.modifiers = {kTiled}}})) << "its pixels lie in an order that is not told";
}

TEST(StreamFormat, OfLayoutsThatAreNotChosenAmongYetTheBestIsRead) {
  const SourcePod both({.modifiers = {kTiled, kLinear}});
  EXPECT_TRUE(is_undecided(both.get()));
  EXPECT_FALSE(is_undecided(SourcePod(Source{}).get()));
  const auto found = read_format(both.get());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->modifier, kTiled);
}

TEST(StreamFormat, TheRangeOfASourcesColoursIsTakenOver) {
  const auto is_limited = [](std::uint32_t range) {
    const auto found = agree(kSoftware, {{.modifiers = {}, .range = range}});
    EXPECT_TRUE(found);
    return found && found->format.is_limited;
  };
  EXPECT_TRUE(is_limited(SPA_VIDEO_COLOR_RANGE_16_235));
  EXPECT_FALSE(is_limited(SPA_VIDEO_COLOR_RANGE_0_255));
  EXPECT_FALSE(is_limited(SPA_VIDEO_COLOR_RANGE_UNKNOWN)) << "as compositors say nothing";
}

TEST(StreamFormat, WhatWeDoNotOfferIsNotRead) {
  EXPECT_FALSE(read_format(SourcePod({.format = SPA_VIDEO_FORMAT_NV12, .modifiers = {}}).get()));
  EXPECT_FALSE(read_format(SourcePod({.modifiers = {}, .width = 16385}).get()));
  EXPECT_FALSE(read_format(SourcePod({.modifiers = {}, .width = 0}).get()));
}

std::int32_t int_of(const spa_pod* parameter, std::uint32_t key) {
  const auto* prop = spa_pod_find_prop(parameter, nullptr, key);
  if (prop == nullptr) return -1;
  std::uint32_t values = 0;
  std::uint32_t choice = 0;
  std::int32_t value = -1;
  spa_pod_get_int(spa_pod_get_values(&prop->value, &values, &choice), &value);
  return value;
}

TEST(StreamFormat, MemoryIsAskedForAsTheFormatHasIt) {
  StreamFormat format{{"BGRx", SPA_VIDEO_FORMAT_BGRx, "XR24"}, {1280, 720}, std::nullopt};
  StreamParameters shared(format);
  EXPECT_EQ(int_of(shared.get().front(), SPA_PARAM_BUFFERS_dataType),
            1 << SPA_DATA_MemFd | 1 << SPA_DATA_MemPtr);
  EXPECT_EQ(int_of(shared.get().front(), SPA_PARAM_BUFFERS_buffers), 4);
  format.modifier = kLinear;
  EXPECT_EQ(int_of(StreamParameters(format).get().front(), SPA_PARAM_BUFFERS_dataType), 1 << SPA_DATA_DmaBuf);
}

TEST(StreamFormat, AnyMemoryMayComeUntilALayoutIsChosen) {
  const StreamFormat format{{"BGRx", SPA_VIDEO_FORMAT_BGRx, "XR24"}, {1280, 720}, kLinear};
  StreamParameters undecided(format, SharedMemory::kAny, false, true);
  EXPECT_EQ(int_of(undecided.get().front(), SPA_PARAM_BUFFERS_dataType),
            1 << SPA_DATA_DmaBuf | 1 << SPA_DATA_MemFd | 1 << SPA_DATA_MemPtr);
}

TEST(StreamFormat, MemoryThatCouldNotBeReadIsNotAskedForAgain) {
  const StreamFormat format{{"BGRx", SPA_VIDEO_FORMAT_BGRx, "XR24"}, {1280, 720}, std::nullopt};
  EXPECT_EQ(int_of(StreamParameters(format, SharedMemory::kLent).get().front(), SPA_PARAM_BUFFERS_dataType),
            1 << SPA_DATA_MemPtr);
  const StreamOffer drawn{{}, 30, SharedMemory::kNone, true};
  const auto found = agree(drawn, {Source{}, {.modifiers = {kLinear}}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->format.modifier, kLinear);
  const StreamOffer shared{{}, 30, SharedMemory::kAny, false};
  EXPECT_FALSE(agree(shared, {{.modifiers = {kLinear}}}));
}

std::set<std::uint32_t> notes_asked_for(bool pointer) {
  StreamParameters parameters({{"BGRx", SPA_VIDEO_FORMAT_BGRx, "XR24"}, {1280, 720}, std::nullopt},
                              SharedMemory::kAny, pointer);
  std::set<std::uint32_t> types;
  for (const spa_pod* parameter : parameters.get().subspan(1)) {
    std::uint32_t type = 0;
    EXPECT_EQ(spa_pod_get_id(&spa_pod_find_prop(parameter, nullptr, SPA_PARAM_META_type)->value, &type), 0);
    types.insert(type);
  }
  return types;
}

TEST(StreamFormat, TheNotesThatAreReadAreAskedFor) {
  EXPECT_THAT(notes_asked_for(false),
              testing::ElementsAre(SPA_META_Header, SPA_META_VideoCrop, SPA_META_VideoTransform));
  EXPECT_THAT(notes_asked_for(true), testing::ElementsAre(SPA_META_Header, SPA_META_VideoCrop,
                                                          SPA_META_Cursor, SPA_META_VideoTransform));
}

}  // namespace
}  // namespace pixelpass::capture
