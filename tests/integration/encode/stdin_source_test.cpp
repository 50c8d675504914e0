#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/encode/source_end.hpp"

#include "../../unit/mpegts/ts_splitter_streams.hpp"
#include "../base/no_threads.hpp"
#include "support.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <system_error>
#include <thread>

namespace pixelpass::encode {
namespace {

using test::Collector;
using testing::HasSubstr;

/// A pipe; whoever writes more than it holds does so on a thread of its own.
class Pipe {
 public:
  Pipe() {
    std::signal(SIGPIPE, SIG_IGN);
    if (pipe(ends_.data()) != 0) throw std::runtime_error("pipe");
  }
  ~Pipe() {
    writer_ = {};
    finish();
    close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int out() const { return ends_[0]; }
  /// How much can be written while nobody reads: at least this, if the system lets it.
  [[nodiscard]] std::size_t make_room(std::size_t bytes) const {
    fcntl(ends_[1], F_SETPIPE_SZ, static_cast<int>(bytes));
    return static_cast<std::size_t>(std::max(fcntl(ends_[1], F_GETPIPE_SZ), 0));
  }
  void write(const Bytes& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t wrote = ::write(ends_[1], bytes.data() + at, bytes.size() - at);
      if (wrote < 0) return;
      at += static_cast<std::size_t>(wrote);
    }
  }
  /// Not closed at the end.
  void write_meanwhile(Bytes bytes) {
    writer_ = std::jthread([this, bytes = std::move(bytes)] { write(bytes); });
  }
  void wait_written() { writer_.join(); }
  void finish() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  std::jthread writer_;
};

/// Two seconds by ffmpeg; `flags` are its muxer's.
Bytes by_ffmpeg(const std::string& flags) {
  const test::TemporaryFolder folder;
  const auto file = folder.file("a.ts");
  const auto ran = test::run(
      "ffmpeg -v error -f lavfi -i testsrc2=size=320x240:rate=25 -f lavfi -i sine=r=48000 -t 2 -c:v libx264 "
      "-preset ultrafast -g 10 -pix_fmt yuv420p -c:a aac " +
      flags + " -f mpegts " + file);
  EXPECT_EQ(ran.output, "");
  return test::read_file(file);
}

Error error_of(int fd, Duration timeout = 10s) {
  try {
    Collector collector;
    make_stdin_source(fd, collector.callbacks(), timeout);
  } catch (const StartupError& error) {
    return error.error();
  }
  ADD_FAILURE() << "did not throw";
  return {};
}

TEST(StdinSource, PassesEveryByteFromAKeyframeOn) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const Bytes stream = by_ffmpeg("-mpegts_flags pat_pmt_at_frames");
  Pipe input;
  input.write_meanwhile(stream);
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks());
  source->play();
  input.wait_written();
  input.write_meanwhile(stream);
  input.wait_written();
  input.finish();
  const auto ended = collector.wait_for_end();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->what, "");

  const auto frames = collector.frames();
  ASSERT_FALSE(frames.empty());
  EXPECT_TRUE(frames.front().keyframe);
  const Bytes passed = test::joined(frames);
  Bytes twice = stream;
  twice.insert(twice.end(), stream.begin(), stream.end());
  // The muxer's first packet is a table (SDT) that belongs to no picture.
  constexpr std::size_t kTables = 10UL * 188;
  ASSERT_GE(passed.size() + kTables, twice.size()) << "also what came before play()";
  ASSERT_LE(passed.size(), twice.size());
  EXPECT_TRUE(
      std::equal(passed.begin(), passed.end(), twice.end() - static_cast<std::ptrdiff_t>(passed.size())));
}

TEST(StdinSource, GoesOnWithoutSoundForBrowsersWhereNoThreadCanBeHadAndSaysSoOnce) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Pipe input;
  input.write_meanwhile(by_ffmpeg("-mpegts_flags pat_pmt_at_frames"));
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks());
  {
    const NoThreads none;
    EXPECT_THROW(std::thread([] {}), std::system_error);
    EXPECT_NO_THROW(source->set_opus(true));
    source->set_opus(false);
    EXPECT_NO_THROW(source->set_opus(true));
  }
  source->play();
  input.wait_written();
  input.finish();
  ASSERT_TRUE(collector.wait_for_end());
  EXPECT_FALSE(collector.frames().empty());
  const auto notices = collector.notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0].what, HasSubstr("hears nothing: no thread can be started"));
}

TEST(StdinSource, TheOnlyKeyframeThereWillEverBeIsKeptForTheFirstPlay) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Pipe input;
  input.write_meanwhile(by_ffmpeg("-g 10000"));
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks());
  EXPECT_EQ(collector.count(), 0U);
  source->play();
  input.wait_written();
  input.finish();
  ASSERT_TRUE(collector.wait_for_end());
  const auto frames = collector.frames();
  ASSERT_EQ(frames.size(), 50U);
  EXPECT_TRUE(frames.front().keyframe);
  const test::TemporaryFolder folder;
  const auto file = folder.write("g.ts", test::joined(frames));
  EXPECT_EQ(test::run("ffmpeg -v error -f mpegts -i " + file + " -map 0:v -f null -").output, "");
}

TEST(StdinSource, GroupsOfAForeignMuxerDecodeFromEachOfTheirStarts) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const Bytes stream = by_ffmpeg("");
  Pipe input;
  input.write_meanwhile(stream);
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks());
  source->play();
  input.wait_written();
  input.write_meanwhile(stream);
  input.wait_written();
  input.finish();
  ASSERT_TRUE(collector.wait_for_end());
  const auto frames = collector.frames();
  const test::TemporaryFolder folder;
  int groups = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!frames[i].keyframe) continue;
    ++groups;
    std::size_t end = i + 1;
    while (end < frames.size() && !frames[end].keyframe) ++end;
    const auto file = folder.write("g.ts", test::joined({frames.begin() + static_cast<std::ptrdiff_t>(i),
                                                         frames.begin() + static_cast<std::ptrdiff_t>(end)}));
    EXPECT_EQ(test::run("ffmpeg -v error -f mpegts -i " + file + " -map 0:v -f null -").output, "")
        << "group at " << i;
    const auto counted = test::run(
        "ffprobe -v error -f mpegts -select_streams v -count_packets -show_entries "
        "stream=nb_read_packets -of csv=p=0 " +
        file);
    EXPECT_THAT(counted.output, testing::StartsWith("10")) << "pictures in the group";
  }
  EXPECT_GE(groups, 5);
}

TEST(StdinSource, WhilePausedItReadsOnAndDrops) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const Bytes stream = by_ffmpeg("");
  Pipe input;
  input.write_meanwhile(stream);
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks());
  source->play();
  input.wait_written();
  input.write_meanwhile(stream);
  ASSERT_TRUE(collector.wait_for_frames(5));
  source->pause();
  input.wait_written();
  collector.clear();
  // More than the pipe holds: this returns only because somebody reads.
  input.write(stream);
  input.write(stream);
  EXPECT_TRUE(collector.frames().empty());

  const Instant played = Clock::now();
  source->play();
  input.write(stream);
  ASSERT_TRUE(collector.wait_for_frames(5));
  const auto frames = collector.frames();
  EXPECT_TRUE(frames.front().keyframe);
  EXPECT_TRUE(frames.front().after_gap);
  for (const Frame& frame : frames) EXPECT_GE(frame.captured_at, played);
}

/// As most muxers write them: only what follows a picture says that it has ended.
TEST(StdinSource, APictureThatNothingFollowsIsPassedOnAllTheSame) {
  mpegts::Stream stream;
  const auto next = [&stream] { return mpegts::without_lengths(stream.picture(2000)); };
  Pipe input;
  input.write(next());
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks(), test::kPatience);
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(1));
  for (std::size_t pictures = 2; pictures < 6; ++pictures) {
    const Bytes picture = next();
    input.write(picture);
    ASSERT_TRUE(collector.wait_for_frames(pictures)) << "it waits for the next one";
    EXPECT_EQ(mpegts::bytes_of(collector.frames().back()), picture);
  }
}

/// What is passed on late is as new as what came just now, so its times tell that it waited.
TEST(StdinSource, AFilePlaysAtItsOwnPace) {
  constexpr int kPictures = 10;
  mpegts::Stream stream;
  const test::TemporaryFolder folder;
  const int file = open(folder.write("film.ts", stream.run(kPictures)).c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  Collector collector;
  const auto source = make_stdin_source(file, collector.callbacks());
  const Instant played = Clock::now();
  source->play();
  ASSERT_TRUE(collector.wait_for_end());
  close(file);
  int pictures = 0;
  for (const Frame& frame : collector.frames()) {
    if (!test::is_picture(frame)) continue;
    // Stamps are of 90 kHz.
    EXPECT_GE(frame.captured_at - played, 33ms * pictures - 1ms) << "picture " << pictures;
    ++pictures;
  }
  EXPECT_EQ(pictures, kPictures);
}

/// A second of it is there at once, as of somebody who wrote while nobody read.
TEST(StdinSource, WhatComesThroughAPipeIsNotSlowed) {
  constexpr int kPictures = 28;
  mpegts::Stream stream;
  Pipe input;
  constexpr std::size_t kOneRead = 64 << 10;
  ASSERT_GE(input.make_room(kOneRead), kOneRead);
  input.write(stream.picture());
  Collector collector;
  const auto source = make_stdin_source(input.out(), collector.callbacks());
  // All of it is there when it is played, so one read takes it, however busy the machine is.
  const Bytes at_once = stream.run(kPictures - 1);
  ASSERT_LE(at_once.size(), 60'000U);
  input.write(at_once);
  source->play();
  ASSERT_TRUE(collector.wait_for(kPictures, test::is_picture));
  const auto frames = collector.frames();
  for (std::size_t i = 2; i < frames.size(); ++i)
    EXPECT_EQ(frames[i].captured_at, frames[1].captured_at) << "frame " << i << " has waited";
}

TEST(StdinSource, NoiseIsAnErrorBeforeAnythingIsShared) {
  Pipe input;
  Bytes noise(300'000);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  input.write_meanwhile(noise);
  const Error error = error_of(input.out());
  EXPECT_THAT(error.what, HasSubstr("not MPEG-TS"));
  EXPECT_THAT(error.hint, HasSubstr("-f mpegts"));
  EXPECT_EQ(error.exit_code, ExitCode::kCouldNotStart);
  std::array<std::uint8_t, 65536> rest{};
  while (read(input.out(), rest.data(), rest.size()) == static_cast<ssize_t>(rest.size())) {
  }
}

TEST(StdinSource, ShortTextAndEmptyInputAreErrors) {
  Pipe text;
  text.write(Bytes(40, 'x'));
  text.finish();
  EXPECT_THAT(error_of(text.out()).what, HasSubstr("not MPEG-TS"));
  Pipe nothing;
  nothing.finish();
  EXPECT_THAT(error_of(nothing.out()).what, HasSubstr("ended before anything came"));
}

TEST(StdinSource, SoundAloneIsAnError) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const test::TemporaryFolder folder;
  test::run("ffmpeg -v error -f lavfi -i sine -t 1 -c:a aac -f mpegts " + folder.file("a.ts"));
  Pipe input;
  input.write(test::read_file(folder.file("a.ts")));
  input.finish();
  EXPECT_THAT(error_of(input.out()).what, HasSubstr("no video"));
}

TEST(StdinSource, SilenceIsAnErrorWhenTheTimeIsUp) {
  Pipe input;
  EXPECT_THAT(error_of(input.out(), 50ms).what, HasSubstr("nothing came on standard input in time"));
}

TEST(StdinSource, WhoGivesItNothingIsToldThatItWaits) {
  const Pipe input;
  std::stop_source stop;
  std::string said;
  MediaCallbacks callbacks{.on_unit = [](MediaUnit) {}, .on_ended = [](Error) {}};
  callbacks.on_notice = [&](const Error& notice) {
    said = notice.what;
    stop.request_stop();
  };
  EXPECT_THROW(make_stdin_source(input.out(), callbacks, test::kPatience, stop.get_token()), StartupError);
  EXPECT_THAT(said, HasSubstr("waiting for a stream"));
}

TEST(StdinSource, SoundThatNoViewerGetsIsNamedAtTheStart) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const auto& [flags, lost] : {std::pair("-c:a dca -strict -2", "DTS sound"),
                                    std::pair("-ac 2 -c:a s302m -strict -2", "private data"),
                                    std::pair("-c:a ac3", ""), std::pair("-an", "")}) {
    Bytes stream = by_ffmpeg(flags);
    stream.resize(std::min<std::size_t>(stream.size(), 60'000));  // a pipe holds that
    Pipe input;
    input.write(stream);
    Collector collector;
    auto callbacks = collector.callbacks();
    std::string said;
    callbacks.on_notice = [&said](const Error& notice) { said = notice.what; };
    const auto source = make_stdin_source(input.out(), callbacks, 10s);
    EXPECT_THAT(said, testing::EndsWith(lost)) << flags;
    EXPECT_EQ(said.empty(), std::string(lost).empty()) << flags;
  }
}

TEST(StdinSource, ATerminalIsRefusedAtOnce) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  EXPECT_THAT(error_of(terminal, 50ms).what, HasSubstr("is a terminal"));
  close(terminal);
}

TEST(StdinSource, ADescriptorThatCannotBeReadIsAnError) {
  constexpr int kNoDescriptor = 999;
  EXPECT_THAT(error_of(kNoDescriptor).what, HasSubstr("cannot be read"));
}

/// Of what was read nothing is left to pass on.
TEST(StdinSource, DestructionDoesNotWaitForInputBehindAWholePicture) {
  mpegts::Stream stream;
  Pipe input;
  input.write(stream.picture());
  Collector collector;
  auto source = make_stdin_source(input.out(), collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(1));
  std::promise<void> gone;
  const SourceEnd end(std::move(source), [&gone] { gone.set_value(); });
  EXPECT_EQ(gone.get_future().wait_for(test::kPatience), std::future_status::ready);
}

TEST(StdinSource, DestructionDoesNotWaitForInput) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Pipe input;
  input.write_meanwhile(by_ffmpeg(""));
  Collector collector;
  auto source = make_stdin_source(input.out(), collector.callbacks());
  EXPECT_EQ(source->describe().source, "stdin");
  EXPECT_EQ(source->describe().encoder, "passthrough");
  source->play();
  input.wait_written();
  // The pipe is open, and by now idle.
  EXPECT_FALSE(collector.wait_for_frames(collector.count() + 1000, 100ms));
  source.reset();
}

}  // namespace
}  // namespace pixelpass::encode
