#pragma once

#include "pictures.hpp"
#include "support.hpp"

#include <string>
#include <vector>

namespace pixelpass::encode::test {

/// The pictures of a stream as RGB. `filter`: ffmpeg's, where the stream does not tell its colours. ffmpeg is
/// told the format: a file of few packets it may take for a program stream.
class Decoded {
 public:
  Decoded(const std::vector<Frame>& frames, Size size, const std::string& filter = "null") : size_(size) {
    const TemporaryFolder folder;
    const auto stream = folder.write("a.ts", joined(frames));
    const auto ran =
        run("ffmpeg -v error -f mpegts -i " + stream + " -map 0:v -vf setpts=N/TB/30," + filter +
            " -fps_mode passthrough -enc_time_base 1:30 -sws_flags accurate_rnd+full_chroma_int+bitexact" +
            " -pix_fmt rgb24 -f rawvideo " + folder.file("a.raw"));
    EXPECT_EQ(ran.output, "");
    bytes_ = read_file(folder.file("a.raw"));
  }

  [[nodiscard]] std::size_t count() const { return bytes_.size() / picture_bytes(); }
  [[nodiscard]] Rgb at(std::size_t picture, int x, int y) const {
    const std::size_t place = picture * picture_bytes() + static_cast<std::size_t>(y * size_.width + x) * 3;
    return {bytes_.at(place), bytes_.at(place + 1), bytes_.at(place + 2)};
  }

 private:
  [[nodiscard]] std::size_t picture_bytes() const {
    return static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) * 3;
  }

  Size size_;
  Bytes bytes_;
};

inline void expect_near(Rgb seen, Rgb truth, const std::string& where, int levels = 3) {
  EXPECT_NEAR(seen.r, truth.r, levels) << "red, " << where;
  EXPECT_NEAR(seen.g, truth.g, levels) << "green, " << where;
  EXPECT_NEAR(seen.b, truth.b, levels) << "blue, " << where;
}

inline const std::vector<Rgb> kBars{{0, 0, 0},   {255, 255, 255}, {255, 0, 0},   {0, 255, 0},
                                    {0, 0, 255}, {250, 200, 20},  {30, 90, 160}, {128, 128, 128}};

/// Bars above, a grey gradient below.
inline Rgb test_card(Size size, int x, int y) {
  if (y < size.height / 2) return kBars.at(static_cast<std::size_t>(x * 8 / size.width));
  const int level = x * 255 / size.width;
  return {level, level, level};
}

inline void expect_test_card(const Decoded& decoded, std::size_t picture, Size size,
                             const std::string& encoder) {
  for (int bar = 0; bar < 8; ++bar) {
    const int x = size.width * (2 * bar + 1) / 16;
    for (const int y : {size.height / 4, size.height * 3 / 4})
      expect_near(decoded.at(picture, x, y), test_card(size, x, y), encoder + " at " + std::to_string(x));
  }
}

}  // namespace pixelpass::encode::test
