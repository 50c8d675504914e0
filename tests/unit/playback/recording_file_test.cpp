#include "playback/recording_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace pixelpass::playback {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RecordingFileTest : public testing::Test {
 protected:
  RecordingFileTest() {
    std::string name = fs::temp_directory_path() / "pixelpass-recording-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~RecordingFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name) const { std::ofstream(file(name)) << "precious"; }
  /// Of a recording that leaves older ones as they are: the name that it takes.
  struct Kept {
    explicit Kept(std::string asked) : name(std::move(asked)), fd(open_recording(name, OlderFile::kKept)) {}
    std::string name;
    Descriptor fd;
  };

  fs::path folder_;
};

TEST_F(RecordingFileTest, TakesTheNextNameWhereAnotherOneHasNotBegunToWrite) {
  const Kept first(file("film.ts"));
  const Kept second(file("film.ts"));
  const Kept third(file("film.ts"));
  EXPECT_EQ(first.name, file("film.ts"));
  EXPECT_EQ(second.name, file("film-2.ts"));
  EXPECT_EQ(third.name, file("film-3.ts"));
}

TEST_F(RecordingFileTest, TakesTheNextNameWhereThereIsAnOlderOne) {
  write("film.mkv");
  write("film-3.mkv");
  EXPECT_EQ(Kept(file("film.mkv")).name, file("film-2.mkv"));
  write("film-2.mkv");
  EXPECT_EQ(Kept(file("film.mkv")).name, file("film-4.mkv"));
  EXPECT_EQ(fs::file_size(file("film.mkv")), 8U);
}

TEST_F(RecordingFileTest, TakesAnEmptyOneThatNobodyWrites) {
  std::ofstream(file("film.ts")).close();
  EXPECT_EQ(Kept(file("film.ts")).name, file("film.ts"));
}

TEST_F(RecordingFileTest, IsRefusedOneThatAnotherOneWritesWhereItIsToHaveThatName) {
  const Kept first(file("film.ts"));
  for (const auto older : {OlderFile::kRefused, OlderFile::kReplaced}) {
    std::string name = file("film.ts");
    try {
      open_recording(name, older);
      FAIL() << "two recordings in one file";
    } catch (const StartupError& error) {
      EXPECT_THAT(error.error().what, HasSubstr("another recording is being written to"));
    }
    EXPECT_EQ(name, file("film.ts"));
  }
}

}  // namespace
}  // namespace pixelpass::playback
