#pragma once

#include "pixelpass/playback/stream_writer.hpp"

#include "../http_client.hpp"
#include "ts_file.hpp"
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::playback {

inline constexpr std::size_t kPacket = 188;

class StreamWriterTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0); }
  void TearDown() override {
    for (const int end : pipe_)
      if (end >= 0) ::close(end);
  }

  std::unique_ptr<StreamWriter> to_file(std::string path, OlderFile older = OlderFile::kRefused) {
    return StreamWriter::to_file(
        io_, path, older, broadcast_, [this](const Error& error) { on_error(error); },
        [this](const RecordingNotice& notice) { notices_.push_back(notice.what); });
  }
  std::unique_ptr<StreamWriter> to_descriptor(int fd) {
    return StreamWriter::to_descriptor(
        io_, fd, broadcast_, [this](const Error& error) { on_error(error); },
        [this](const RecordingNotice& notice) { notices_.push_back(notice.what); });
  }
  void on_error(const Error& error) {
    ++errors_;
    error_ = error;
  }
  /// All that was pushed is where it goes; what is wrong with its end, if anything is.
  std::optional<Error> finish(StreamWriter& writer) {
    std::optional<std::optional<Error>> ended;
    writer.finish([&](const std::optional<Error>& error) { ended = error; });
    EXPECT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
    return ended.value_or(std::nullopt);
  }
  void push(StreamWriter& writer, bool keyframe, std::size_t packets = 4) {
    Bytes bytes(packets * kPacket, static_cast<std::uint8_t>(pushed_++ % 200));
    for (std::size_t at = 0; at < bytes.size(); at += kPacket) bytes[at] = 0x00;  // no TS: nothing is marked
    all_.insert(all_.end(), bytes.begin(), bytes.end());
    broadcast_.push(
        Frame{.bytes = SharedBytes::adopt(std::move(bytes)), .captured_at = {}, .keyframe = keyframe});
    writer.on_broadcast();
  }
  /// All that is in the pipe now.
  Bytes drain() {
    ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    Bytes got;
    std::array<std::uint8_t, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(pipe_[0], buffer.data(), buffer.size())) > 0;)
      got.insert(got.end(), buffer.begin(), buffer.begin() + size);
    return got;
  }
  /// More than the pipe holds, and at the end less than it holds is left.
  void push_more_than_fits(StreamWriter& writer) {
    for (int i = 0; i < 20; ++i) push(writer, i == 0, 32);
  }
  void close_reader() { ::close(std::exchange(pipe_[0], -1)); }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  Broadcast broadcast_;
  std::array<int, 2> pipe_{-1, -1};
  Bytes all_;
  int pushed_ = 0;
  int errors_ = 0;
  std::optional<Error> error_;
  std::vector<std::string> notices_;
};

}  // namespace pixelpass::playback
