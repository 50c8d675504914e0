#include "pixelpass/encode/encoders.hpp"

#include "pixelpass/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pixelpass::encode {
namespace {

using testing::HasSubstr;

HasElement machine_that_has(std::set<std::string, std::less<>> elements) {
  return [elements = std::move(elements)](std::string_view name) { return elements.contains(name); };
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const StartupError& error) {
    return error.error();
  }
  ADD_FAILURE() << "did not throw";
  return {};
}

const VideoEncoder& row_of(std::string_view element) {
  return *std::ranges::find(video_encoders(), element, &VideoEncoder::element);
}

TEST(Encoders, OfSoundTheFirstThatIsThereIsTaken) {
  EXPECT_EQ(choose_audio_encoder(machine_that_has({"voaacenc", "avenc_aac"})).element, "avenc_aac");
}

TEST(Encoders, UnknownNameIsAMistakeOnTheCommandLine) {
  const Error error = error_of([] { require_encoder_option("h263"); });
  EXPECT_THAT(error.what, HasSubstr("auto, vaapi, nvenc, x264, openh264"));
  EXPECT_EQ(error.exit_code, ExitCode::kUsage);
}

TEST(Encoders, InputIsTheBestThatHasItsConverter) {
  const auto& va = row_of("vah264enc");
  EXPECT_EQ(encoder_input(va, machine_that_has({"vapostproc"})).memory, capture::PictureMemory::kDmaBuf);
  EXPECT_EQ(encoder_input(va, machine_that_has({})).caps, "video/x-raw,format=NV12");
  const auto& x264 = row_of("x264enc");
  EXPECT_EQ(encoder_input(x264, machine_that_has({"vapostproc"})).memory, capture::PictureMemory::kShared);
}

TEST(Encoders, LastInputOfEachNeedsNoConverterAndItsCapsNameItsFormat) {
  for (const VideoEncoder& encoder : video_encoders()) {
    EXPECT_TRUE(encoder.inputs.back().converter.empty()) << encoder.element;
    for (const EncoderInput& input : encoder.inputs)
      EXPECT_TRUE(input.caps.ends_with("format=" + std::string(input.format))) << encoder.element;
  }
}

TEST(Encoders, WithoutAacTheErrorSaysHowToGoOnWithoutSound) {
  const Error error = error_of([] { choose_audio_encoder(machine_that_has({"x264enc"})); });
  EXPECT_THAT(error.what, HasSubstr("fdkaacenc, avenc_aac, voaacenc"));
  EXPECT_THAT(error.hint, HasSubstr("--audio none"));
}

}  // namespace
}  // namespace pixelpass::encode
