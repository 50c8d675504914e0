#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace pixelpass {
namespace {

namespace fs = std::filesystem;

/// A folder below src and include/pixelpass whose files have no clock, socket or loop of their own: those
/// whose name begins with one of `only` (all, if there is none) and with none of `except`.
struct Place {
  std::string folder;
  std::vector<std::string> only;
  std::vector<std::string> except;
};

const std::vector<Place> kSansIo = {
    {"base", {"clean_text"}, {}},
    {"broadcast", {}, {}},
    {"wire", {}, {}},
    {"ticket", {}, {}},
    {"capture",
     {"routing", "app_names", "channel_places", "stereo_mix", "monitors", "pointer_image", "picture_digest"},
     {}},
    {"capture", {"grab_pace", "source_watch", "caps_ladder", "picture_shape", "capture_time"}, {}},
    {"playback", {"group_reader", "discontinuity", "frame_feed", "stream_clock", "live_edge"}, {}},
    {"playback", {"media_filter", "known_tracks"}, {}},
    {"encode", {"ts_writer", "ts_splitter", "frame_pacer", "size", "sound_timeline", "adts_packer"}, {}},
    {"app", {"doctor_judge", "judge_screen", "judge_sound", "judge_viewing"}, {}},
    {"tunnel", {}, {"udp_driver", "udp_socket"}},
};

bool begins_with_any(const std::string& name, const std::vector<std::string>& beginnings) {
  return std::ranges::any_of(beginnings, [&](const auto& beginning) { return name.starts_with(beginning); });
}

std::vector<fs::path> files_of(const Place& place) {
  std::vector<fs::path> files;
  for (const auto* root : {"src", "include/pixelpass"}) {
    const auto folder = fs::path(PIXELPASS_SOURCE_DIR) / root / place.folder;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      const bool wanted = place.only.empty() || begins_with_any(name, place.only);
      if (entry.is_regular_file() && wanted && !begins_with_any(name, place.except))
        files.push_back(entry.path());
    }
  }
  return files;
}

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// The lines that reach for the world. Comments may speak of it.
std::vector<std::string> offences(const std::string& source) {
  static const std::regex kComment("//.*");
  static const std::regex kWorld(R"(\b(asio|glib|gst|Gst)|::now\()");
  std::vector<std::string> found;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    const auto code = std::regex_replace(line, kComment, "");
    if (std::regex_search(code, kWorld)) found.push_back(line);
  }
  return found;
}

TEST(SansIo, CodeHasNoClockSocketOrLoop) {
  for (const auto& place : kSansIo) {
    const auto files = files_of(place);
    EXPECT_FALSE(files.empty()) << "nothing to look at in " << place.folder;
    for (const auto& file : files) EXPECT_THAT(offences(read(file)), testing::IsEmpty()) << file;
  }
}

TEST(SansIo, EveryNamedFileIsThere) {
  for (const auto& place : kSansIo)
    for (const auto& name : place.only)
      EXPECT_FALSE(files_of({place.folder, {name}, {}}).empty()) << place.folder << "/" << name;
}

TEST(SansIo, OffencesAreNoticed) {
  for (const auto* line : {"#include <boost/asio/io_context.hpp>", "asio::post(io, f);", "#include <glib.h>",
                           "#include <gst/gst.h>", "GstBuffer* buffer;", "const auto t = Clock::now();"})
    EXPECT_EQ(offences(line).size(), 1U) << line;
}

TEST(SansIo, CommentsAndOtherWordsAreNoOffence) {
  for (const auto* line :
       {"// asio calls Clock::now()", "int occasion = largest;", "Instant now;", "f(now);"})
    EXPECT_TRUE(offences(line).empty()) << line;
}

}  // namespace
}  // namespace pixelpass
