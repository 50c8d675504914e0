#include "encode/input_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;

std::string name_of(std::string_view begins) {
  return name_of_input({reinterpret_cast<const std::uint8_t*>(begins.data()), begins.size()});
}

TEST(InputReport, NamesWhatPeopleGiveItInstead) {
  EXPECT_EQ(name_of(""), "nothing");
  EXPECT_THAT(name_of("\x1A\x45\xDF\xA3\x01\x00"sv), HasSubstr("MKV"));
  EXPECT_THAT(name_of("\x00\x00\x00\x20"
                      "ftypisom"sv),
              HasSubstr("MP4"));
  EXPECT_THAT(name_of("RIFF\x00\x00\x00\x00"
                      "AVI LIST"sv),
              HasSubstr("AVI"));
  EXPECT_THAT(name_of("\x00\x00\x00\x01\x67\x42"sv), HasSubstr("H.264"));
  EXPECT_EQ(name_of("\xFF\xF1\x50\x80"sv), "AAC (sound)");
  EXPECT_EQ(name_of("\xFF\xFB\x90\x64"sv), "MP3 (sound)");
  EXPECT_EQ(name_of("\x0B\x77\xE6\x2E"sv), "Dolby (sound)");
  EXPECT_THAT(name_of("\x80\x21\x00\x01"sv), HasSubstr("RTP"));
  EXPECT_THAT(name_of("DKIF\x00\x00"sv), HasSubstr("IVF"));
  EXPECT_THAT(name_of("#EXTM3U\nhttp://"), HasSubstr("playlist"));
  EXPECT_EQ(name_of("No such file or directory\n"), "text");
  EXPECT_EQ(name_of("\x02\x93\x00\xE1"sv), "something unknown");
}

TEST(InputReport, SaysWhyNoProgrammeIsShown) {
  using Program = mpegts::ProgramMap::Program;
  EXPECT_THAT(name_of_programs({}), HasSubstr("no programme"));
  Program radio;
  radio.has_table = true;
  radio.stream_types = {0x03, 0x03, 0x06};
  EXPECT_EQ(name_of_programs({radio}), "1 programme: MP3 or MP2 sound, private data");
  Program untold;
  EXPECT_THAT(name_of_programs({untold}), HasSubstr("never came"));
  Program encrypted;
  encrypted.has_table = true;
  encrypted.video = mpegts::ProgramMap::VideoTrack{};
  encrypted.scrambled = true;
  EXPECT_THAT(name_of_programs({encrypted}), HasSubstr("encrypted"));
  EXPECT_EQ(name_of_programs({radio, encrypted, encrypted}),
            "3 programmes: 1 without a picture, 2 encrypted");
}

TEST(InputReport, NamesWhatIsLostWhereViewersGetNothingButThePicture) {
  mpegts::ProgramMap::Program film;
  film.video = mpegts::ProgramMap::VideoTrack{.pid = 0x1011};
  film.pids = {0x1011};
  film.stream_types = {0x1B};
  film.known = {0x1011};
  EXPECT_EQ(name_of_lost_tracks(film), "");
  film.pids = {0x1011, 0x1100, 0x1101, 0x1102};
  film.stream_types = {0x1B, 0x82, 0x85, 0x80};
  EXPECT_EQ(name_of_lost_tracks(film), "DTS sound, LPCM sound");
  film.pids = {0x1011, 0x1015, 0x1100, 0x1101, 0x1102};
  film.stream_types = {0x24, 0x24, 0x06, 0x86, 0x0B};
  film.known = {0x1011, 0x1015};
  EXPECT_EQ(name_of_lost_tracks(film), "private data, data or DTS-HD sound, data")
      << "two pictures, no sound";
  film.pids = {0x1011, 0x1100, 0x1101, 0x1102};
  film.stream_types = {0x1B, 0x82, 0x85, 0x80};
  film.known = {0x1011, 0x1102};
  EXPECT_EQ(name_of_lost_tracks(film), "") << "one that is heard is enough";
}

}  // namespace
}  // namespace pixelpass::encode
