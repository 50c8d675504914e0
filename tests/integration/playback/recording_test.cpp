#include "pixelpass/base/own_file.hpp"
#include "pixelpass/gst/gst.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include "../http_client.hpp"
#include "ts_file.hpp"
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gst/allocators/gstfdmemory.h>
#include <gst/app/gstappsink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace pixelpass::playback {
namespace {

constexpr int kAllSamples = std::numeric_limits<int>::max();
/// Of those that come out of a muxer from now on so many can be read, and then one cannot.
std::atomic<int> readable_samples = kAllSamples;
std::atomic<std::size_t> readable_bytes = 0;  ///< in those

/// With memory that nobody can map.
gst::Owned<GstSample> unreadable_sample() {
  GstAllocator* allocator = gst_fd_allocator_new();
  GstBuffer* buffer = gst_buffer_new();
  gst_buffer_append_memory(buffer, gst_fd_allocator_alloc(allocator, ::open("/dev/null", O_RDWR | O_CLOEXEC),
                                                          16, GST_FD_MEMORY_FLAG_NONE));
  gst_object_unref(allocator);
  gst::Owned<GstSample> sample(gst_sample_new(buffer, nullptr, nullptr, nullptr));
  gst_buffer_unref(buffer);
  return sample;
}

}  // namespace
}  // namespace pixelpass::playback

/// In place of GStreamer's, which does what is left.
extern "C" __attribute__((visibility("default"))) GstSample* gst_app_sink_pull_sample(GstAppSink* sink) {
  using namespace pixelpass::playback;
  const auto real =
      reinterpret_cast<GstSample* (*)(GstAppSink*)>(dlsym(RTLD_NEXT, "gst_app_sink_pull_sample"));
  GstSample* sample = real(sink);
  if (sample == nullptr || readable_samples == kAllSamples) return sample;
  if (readable_samples-- == 0) {
    gst_sample_unref(sample);
    return unreadable_sample().release();
  }
  if (readable_samples >= 0) readable_bytes += gst_buffer_get_size(gst_sample_get_buffer(sample));
  return sample;
}

namespace pixelpass::playback {
namespace {

using testing::HasSubstr;

/// Numbers of a kind that ffprobe finds in all decoded frames of one track ("v" or "a"), a line each.
std::vector<std::string> frames_of(const std::string& file, const std::string& track,
                                   const std::string& entry) {
  std::istringstream said(run("ffprobe -v error -select_streams " + track + " -show_entries frame=" + entry +
                              " -of csv=p=0 " + file + " 2>/dev/null"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(said, line);) {
    std::erase(line, ',');
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

/// A stream behind another one, as a viewer gets it.
std::vector<Frame> after_gap(std::vector<Frame> frames) {
  if (!frames.empty()) frames.front().after_gap = true;
  return frames;
}

/// At the times that the stream says.
std::string complaints_about(const std::string& file) {
  return run("ffmpeg -nostdin -v error -i " + file +
             " -fps_mode:v passthrough -enc_time_base:v 1:90000 -f null -");
}

/// Both containers, by their ending.
class RecordingTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!installed("ffmpeg") || !installed("ffprobe")) GTEST_SKIP() << "no ffmpeg: sudo apt install ffmpeg";
  }

  [[nodiscard]] std::string path(const std::string& name = "film") const {
    return folder_.file(name + GetParam());
  }
  void start(std::string path, OlderFile older = OlderFile::kRefused) {
    writer_ = StreamWriter::record(
        io_, path, older, broadcast_, [this](const Error& error) { errors_.push_back(error.what); },
        [this](const RecordingNotice& notice) { notices_.push_back(notice.what); });
  }
  void start() { start(path()); }
  void push(std::vector<Frame> frames) {
    for (Frame& frame : frames) {
      broadcast_.push(std::move(frame));
      writer_->on_broadcast();
    }
  }
  /// What was pushed is in the file; what is wrong with its end, if anything is.
  std::optional<Error> finish() {
    std::optional<std::optional<Error>> ended;
    writer_->finish([&](const std::optional<Error>& error) { ended = error; });
    EXPECT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
    writer_.reset();
    return ended.value_or(std::nullopt);
  }
  /// Another kind of stream, as ffmpeg makes it of `input` and these options.
  std::vector<Frame> frames_by(const std::string& options) {
    run("ffmpeg -v error -y " + options +
        " -pix_fmt yuv420p -g 15 -mpegts_flags +pat_pmt_at_frames -f mpegts " + folder_.file("made.ts"));
    return split_frames(read_file(folder_.file("made.ts")));
  }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  Broadcast broadcast_;
  std::unique_ptr<StreamWriter> writer_;
  std::vector<std::string> errors_, notices_;
};

class MatroskaTest : public RecordingTest {};
INSTANTIATE_TEST_SUITE_P(Containers, MatroskaTest, testing::Values(".mkv"));

std::size_t count_of(const Bytes& part, const Bytes& whole) {
  std::size_t count = 0;
  for (auto at = whole.begin();; ++count, ++at) {
    at = std::search(at, whole.end(), part.begin(), part.end());
    if (at == whole.end()) return count;
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, RecordingTest, testing::Values(".mkv", ".mp4"),
                         [](const auto& ending) { return ending.param.substr(1); });

TEST_P(RecordingTest, has_every_picture_and_all_sound_in_step_from_time_zero_on) {
  start();
  push(make_frames(3));
  finish();
  EXPECT_EQ(complaints_about(path()), "");
  const auto pictures = frames_of(path(), "v", "pts_time");
  ASSERT_EQ(pictures.size(), 90U);
  EXPECT_NEAR(std::stod(pictures.front()), 0, 0.05);
  EXPECT_NEAR(std::stod(pictures.back()) - std::stod(pictures.front()), 89. / 30, 0.002);
  const auto audio = frames_of(path(), "a", "pts_time");
  EXPECT_NEAR(static_cast<double>(audio.size()), 3 * 44100 / 1024., 4);
  EXPECT_NEAR(std::stod(audio.front()), std::stod(pictures.front()), 0.1);
  EXPECT_THAT(errors_, testing::IsEmpty());
  EXPECT_THAT(notices_, testing::IsEmpty());
}

TEST_P(RecordingTest, can_be_played_up_to_a_second_ago_while_it_grows) {
  start();
  push(make_frames(4));
  // Of a file that is not closed; as a copy, so that what is looked at does not grow meanwhile.
  const std::string copy = path("copy");
  ASSERT_TRUE(run_until(io_, [&] {
    std::filesystem::copy_file(path(), copy, std::filesystem::copy_options::overwrite_existing);
    return frames_of(copy, "v", "pts_time").size() >= 85;
  })) << frames_of(copy, "v", "pts_time").size();
  EXPECT_EQ(writer_->bytes_written(), std::filesystem::file_size(path()));
}

TEST_P(RecordingTest, says_how_long_it_is_once_it_has_ended) {
  start();
  push(make_frames(4));
  EXPECT_FALSE(finish());
  const auto length = run("ffprobe -v error -show_entries format=duration -of csv=p=0 " + path());
  EXPECT_NEAR(std::strtod(length.c_str(), nullptr), 4.0, 0.2) << length;
  EXPECT_EQ(complaints_about(path()), "");
}

TEST_P(MatroskaTest, says_where_its_index_is_once_it_has_one) {
  const Bytes seek_head{0x11, 0x4D, 0x9B, 0x74}, cues{0x1C, 0x53, 0xBB, 0x6B};
  start();
  push(make_frames(3));
  ASSERT_TRUE(run_until(io_, [&] { return std::filesystem::file_size(path()) > 50'000; }));
  EXPECT_EQ(count_of(seek_head, read_file(path())), 0) << "of what is not there yet";
  EXPECT_FALSE(finish());
  EXPECT_EQ(count_of(seek_head, read_file(path())), 1);
  EXPECT_EQ(count_of(cues, read_file(path())), 2) << "itself, and where it is";
}

TEST_P(MatroskaTest, is_written_from_front_to_back_where_it_cannot_be_gone_back_in) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const Descriptor reader(::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  start();
  push(make_frames(3));
  bool has_ended = false;
  writer_->finish([&](const std::optional<Error>& error) {
    EXPECT_FALSE(error);
    has_ended = true;
  });
  Bytes copy, some(64U << 10);
  const auto read_some = [&] {
    const auto size = ::read(reader.get(), some.data(), some.size());
    if (size > 0) copy.insert(copy.end(), some.begin(), some.begin() + size);
    return size > 0;
  };
  ASSERT_TRUE(run_until(io_, [&] {
    read_some();
    return has_ended;
  }));
  while (read_some()) {
  }
  write_file(path("copy"), copy);
  EXPECT_EQ(complaints_about(path("copy")), "");
  EXPECT_EQ(frames_of(path("copy"), "v", "pts_time").size(), 90U);
}

TEST_P(RecordingTest, goes_on_in_the_same_file_when_the_pictures_size_changes) {
  start();
  push(frames_by("-f lavfi -i testsrc2=size=320x240:rate=30:duration=1 -c:v libx264 -bf 0"));
  push(after_gap(frames_by("-f lavfi -i testsrc2=size=640x360:rate=30:duration=1 -c:v libx264 -bf 0")));
  finish();
  const auto widths = frames_of(path(), "v", "width");
  EXPECT_EQ(std::ranges::count(widths, "320"), 30);
  EXPECT_EQ(std::ranges::count(widths, "640"), 30);
  EXPECT_EQ(complaints_about(path()), "");
  EXPECT_FALSE(std::filesystem::exists(path("film-2")));
}

TEST_P(RecordingTest, goes_on_in_the_same_file_and_in_time_with_another_run_of_the_host) {
  start();
  push(make_frames(2));
  push(after_gap(make_frames(2)));
  finish();
  const auto times = frames_of(path(), "v", "pts_time");
  ASSERT_EQ(times.size(), 120U);
  EXPECT_TRUE(std::ranges::is_sorted(times, {}, [](const std::string& text) { return std::stod(text); }));
  EXPECT_NEAR(std::stod(times.back()), 4, 0.2);
  EXPECT_FALSE(std::filesystem::exists(path("film-2")));
}

TEST_P(RecordingTest, begins_a_second_file_where_sound_is_added_and_says_so) {
  write_file(path("film-2"), Bytes(10, 'x'));
  start();
  push(frames_by("-f lavfi -i testsrc2=size=320x240:rate=30:duration=1 -c:v libx264 -bf 0"));
  push(after_gap(make_frames(2)));
  ASSERT_TRUE(run_until(io_, [this] { return !notices_.empty(); }));
  EXPECT_THAT(notices_, testing::ElementsAre(HasSubstr(path("film-3"))));
  finish();
  EXPECT_EQ(frames_of(path(), "v", "pts_time").size() + frames_of(path("film-3"), "v", "pts_time").size(),
            90U);
  EXPECT_THAT(frames_of(path(), "a", "pts_time"), testing::IsEmpty());
  EXPECT_GT(frames_of(path("film-3"), "a", "pts_time").size(), 60U);
  EXPECT_EQ(complaints_about(path("film-3")), "");
  EXPECT_EQ(read_file(path("film-2")), Bytes(10, 'x')) << "a file of somebody else";
}

/// A hostile host's, say.
TEST_P(RecordingTest, ends_where_the_tracks_change_again_and_again_and_keeps_what_it_has) {
  const std::string pictures = "-f lavfi -i testsrc2=size=320x240:rate=30:duration=1 -c:v ";
  const std::vector kinds{frames_by(pictures + "libx264 -bf 0"),
                          frames_by(pictures + "libx265 -x265-params log-level=none:bframes=0")};
  start();
  constexpr int kChanges = 100;
  for (int i = 0; i < kChanges && errors_.empty(); ++i) {
    const auto told = notices_.size();
    push(after_gap(kinds.at(static_cast<std::size_t>(i % 2))));
    ASSERT_TRUE(run_until(io_, [&] { return i == 0 || notices_.size() > told || !errors_.empty(); }));
  }
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("change again and again")));
  finish();
  const std::filesystem::directory_iterator folder(std::filesystem::path(path()).parent_path());
  const auto films = std::ranges::count_if(
      folder, [](const auto& entry) { return entry.path().filename().string().starts_with("film"); });
  EXPECT_EQ(films, 9) << "the first, and eight more at once";
  EXPECT_FALSE(frames_of(path("film-9"), "v", "pts_time").empty());
  EXPECT_EQ(complaints_about(path("film-9")), "");
}

TEST_P(RecordingTest, takes_pictures_that_come_in_another_order_than_they_are_shown) {
  start();
  push(frames_by("-f lavfi -i testsrc2=size=320x240:rate=30:duration=2 -c:v libx264 -bf 2"));
  finish();
  EXPECT_EQ(frames_of(path(), "v", "pts_time").size(), 60U);
  EXPECT_EQ(complaints_about(path()), "");
}

TEST_P(RecordingTest, takes_the_other_kinds_that_foreign_streams_have) {
  start();
  push(
      frames_by("-f lavfi -i testsrc2=size=320x240:rate=30:duration=2 -f lavfi -i sine=duration=2 "
                "-c:v libx265 -x265-params log-level=none -c:a ac3"));
  finish();
  EXPECT_EQ(frames_of(path(), "v", "pts_time").size(), 60U);
  EXPECT_GT(frames_of(path(), "a", "pts_time").size(), 50U);
}

TEST_P(RecordingTest, keeps_an_older_file_until_there_is_something_to_write_and_is_private) {
  const Bytes older(100'000, 'x');
  write_file(path(), older);
  EXPECT_THROW(start(), StartupError) << "unless it may be replaced";
  start(path(), OlderFile::kReplaced);
  writer_->on_broadcast();
  EXPECT_EQ(read_file(path()), older);
  push(make_frames(1));
  finish();
  EXPECT_EQ(complaints_about(path()), "");
  start(path("new"));
  struct stat status {};
  ASSERT_EQ(::stat(path("new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_P(RecordingTest, tells_of_a_full_disk_once_and_ends_at_once) {
  std::filesystem::create_symlink("/dev/full", path());
  start();
  push(make_frames(3));
  ASSERT_TRUE(run_until(io_, [this] { return !errors_.empty(); }));
  EXPECT_THAT(errors_.front(), HasSubstr("No space left"));
  EXPECT_THAT(errors_.front(), HasSubstr(path()));
  push(make_frames(1));
  EXPECT_FALSE(finish()) << "once";
  EXPECT_EQ(errors_.size(), 1U);
}

TEST_P(RecordingTest, ends_with_one_line_at_what_cannot_be_read_and_has_no_hole) {
  readable_bytes = 0;
  readable_samples = 4;
  start();
  push(make_frames(3));
  ASSERT_TRUE(run_until(io_, [this] { return !errors_.empty(); }));
  EXPECT_THAT(errors_.front(), HasSubstr("cannot be read"));
  EXPECT_THAT(errors_.front(), HasSubstr(path()));
  EXPECT_FALSE(finish()) << "once";
  EXPECT_EQ(errors_.size(), 1U);
  EXPECT_EQ(std::filesystem::file_size(path()), readable_bytes);
  readable_samples = kAllSamples;
}

TEST_P(RecordingTest, is_refused_a_file_that_another_one_writes) {
  start();
  const auto first = std::move(writer_);
  EXPECT_THROW(start(), StartupError);
}

TEST_P(RecordingTest, leaves_out_groups_where_the_disk_does_not_keep_up_and_says_so) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const int reader = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  start();
  const auto frames = make_frames(3, 8);
  // What may wait, and what the broadcast keeps, is full with half of it.
  while (broadcast_.counters().bytes < (200U << 20)) push(frames);
  ASSERT_TRUE(run_until(io_, [&] { return !notices_.empty(); })) << "while it takes nothing";
  Bytes some(64 << 10);
  const auto held_up = writer_->bytes_written();
  ASSERT_TRUE(run_until(io_, [&] {
    static_cast<void>(::read(reader, some.data(), some.size()));
    writer_->on_broadcast();
    return writer_->bytes_written() > held_up + (1U << 20);
  }));
  EXPECT_THAT(notices_, testing::ElementsAre(HasSubstr("does not keep up")));
  EXPECT_THAT(errors_, testing::IsEmpty());
  finish();
  ::close(reader);
}

TEST_P(RecordingTest, waits_for_nobody_who_does_not_empty_a_fifo) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const int reader = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  start();
  push(make_frames(3, 8));
  EXPECT_LE(writer_->bytes_written(), 1U << 20) << "more than a pipe holds";
  const auto missing = finish();
  ASSERT_TRUE(missing);
  EXPECT_THAT(missing->what, HasSubstr("took too long"));
  ::close(reader);
}

TEST_P(RecordingTest, ends_with_one_line_when_a_fifos_reader_has_gone) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const int reader = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  start();
  ::close(reader);
  push(make_frames(3));
  ASSERT_TRUE(run_until(io_, [this] { return !errors_.empty(); }));
  EXPECT_EQ(errors_.front(), "nobody reads from " + path() + " any more");
  EXPECT_FALSE(finish()) << "once";
  EXPECT_EQ(errors_.size(), 1U);
}

TEST_P(RecordingTest, goes_on_when_a_fifo_that_is_read_from_has_lost_its_name) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const int reader = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  start();
  push(make_frames(3, 8));
  Bytes some(64 << 10);
  std::size_t read = 0;
  const auto read_beyond = [&](std::size_t size) {
    return run_until(io_, [&] {
      if (const auto more = ::read(reader, some.data(), some.size()); more > 0)
        read += static_cast<std::size_t>(more);
      return read > size || !errors_.empty();
    });
  };
  ASSERT_TRUE(read_beyond(0));
  ASSERT_EQ(::unlink(path().c_str()), 0);
  // More than it may have in it already.
  ASSERT_TRUE(read_beyond(read + 2 * some.size()));
  EXPECT_THAT(errors_, testing::IsEmpty());
  ::close(reader);
}

TEST_P(RecordingTest, tells_at_its_end_what_its_last_moments_met) {
  std::filesystem::create_symlink("/dev/full", path());
  start();
  push(make_frames(1));
  const auto missing = finish();
  ASSERT_TRUE(missing);
  EXPECT_THAT(missing->what, HasSubstr("No space left"));
  EXPECT_THAT(errors_, testing::IsEmpty());
}

}  // namespace
}  // namespace pixelpass::playback
