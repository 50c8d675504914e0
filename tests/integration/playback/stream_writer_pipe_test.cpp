#include "stream_writer_fixture.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

namespace pixelpass::playback {
namespace {

TEST_F(StreamWriterTest, WritesEachFrameToAPipeAsItComes) {
  const auto writer = to_descriptor(pipe_[1]);
  push(*writer, true);
  push(*writer, false);
  EXPECT_EQ(drain(), all_);
}

TEST_F(StreamWriterTest, LeavesTheCallersDescriptorBlocking) {
  const auto writer = to_descriptor(pipe_[1]);
  push(*writer, true);
  EXPECT_EQ(::fcntl(pipe_[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(StreamWriterTest, SkipsGroupsInsteadOfWaitingForAFullPipe) {
  const auto writer = to_descriptor(pipe_[1]);
  // 20 groups of 10 frames of 6 KB: the pipe holds 64 KB.
  for (int i = 0; i < 200; ++i) push(*writer, i % 10 == 0, 32);
  const auto newest = Bytes(all_.end() - static_cast<std::ptrdiff_t>(kPacket * 32 * 10), all_.end());
  Bytes got;
  ASSERT_TRUE(run_until(io_, [&] {
    const Bytes more = drain();
    got.insert(got.end(), more.begin(), more.end());
    return std::search(got.begin(), got.end(), newest.begin(), newest.end()) != got.end();
  }));
  EXPECT_LT(got.size(), all_.size());
  EXPECT_EQ(got.size() % (32 * kPacket), 0u) << "half a frame";
}

TEST_F(StreamWriterTest, TellsThatThePipesReaderHasGone) {
  const auto writer = to_descriptor(pipe_[1]);
  push(*writer, true);
  close_reader();
  push(*writer, false);
  push(*writer, false);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  EXPECT_EQ(errors_, 1);
}

TEST_F(StreamWriterTest, TellsThatTheReaderOfAFullPipeHasGone) {
  const auto writer = to_descriptor(pipe_[1]);
  for (int i = 0; i < 30; ++i) push(*writer, i == 0, 32);
  close_reader();
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
}

TEST_F(StreamWriterTest, BringsAllOfItToAReaderWhoIsBehindAtTheEnd) {
  const auto writer = to_descriptor(pipe_[1]);
  push_more_than_fits(*writer);
  std::optional<std::optional<Error>> ended;
  writer->finish([&](const std::optional<Error>& error) { ended = error; });
  Bytes got = drain();
  EXPECT_LT(got.size(), all_.size());
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  const Bytes rest = drain();
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_EQ(got.size() % kPacket, 0u) << "half a packet";
  EXPECT_EQ(got, all_);
  EXPECT_FALSE(*ended);
}

TEST_F(StreamWriterTest, SaysOfAReaderWhoTakesNothingMoreThatTheRestIsMissing) {
  const auto writer = to_descriptor(pipe_[1]);
  push_more_than_fits(*writer);
  std::optional<std::optional<Error>> ended;
  writer->finish([&](const std::optional<Error>& error) { ended = error; });
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  ASSERT_TRUE(*ended);
  EXPECT_THAT((*ended)->what, testing::HasSubstr("did not take it"));
  EXPECT_NE((*ended)->exit_code, ExitCode::kDone);
  EXPECT_EQ(errors_, 0);
}

TEST_F(StreamWriterTest, SaysOfAReaderWhoGoesAtTheEndThatItHasHadWhatItWanted) {
  const auto writer = to_descriptor(pipe_[1]);
  push_more_than_fits(*writer);
  std::optional<std::optional<Error>> ended;
  writer->finish([&](const std::optional<Error>& error) { ended = error; });
  close_reader();
  ASSERT_TRUE(run_until(io_, [&] { return ended.has_value(); }));
  ASSERT_TRUE(*ended);
  EXPECT_EQ((*ended)->exit_code, ExitCode::kDone);
  EXPECT_EQ(errors_, 0);
}

TEST_F(StreamWriterTest, PutsASocketsModeBack) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  auto writer = to_descriptor(pair[1]);
  push(*writer, true, 1);
  std::array<std::uint8_t, kPacket> got{};
  EXPECT_EQ(::read(pair[0], got.data(), got.size()), static_cast<ssize_t>(kPacket));
  writer.reset();
  EXPECT_EQ(::fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
  for (const int end : pair) ::close(end);
}

/// TCP alone says so: whoever leaves a socket of this machine with bytes unread is a broken pipe.
TEST_F(StreamWriterTest, TakesASocketThatIsResetForAReaderThatHasGone) {
  namespace asio = boost::asio;
  using asio::ip::tcp;
  tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket ours(io_);
  ours.connect(acceptor.local_endpoint());
  tcp::socket reader = acceptor.accept();
  const auto writer = to_descriptor(ours.native_handle());
  push(*writer, true);
  reader.set_option(asio::socket_base::linger(true, 0));
  reader.close();
  pollfd reset{ours.native_handle(), 0, 0};
  ASSERT_EQ(::poll(&reset, 1, 20'000), 1);
  push(*writer, false);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  EXPECT_THAT(error_->what, testing::HasSubstr("reset"));
  EXPECT_EQ(error_->exit_code, ExitCode::kDone);
}

TEST_F(StreamWriterTest, WritesToAFifo) {
  const auto path = folder_.file("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THROW(to_file(path), StartupError) << "nobody reads it";
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const auto writer = to_file(path);
  push(*writer, true, 1);
  std::array<std::uint8_t, kPacket> got{};
  EXPECT_EQ(::read(reader, got.data(), got.size()), static_cast<ssize_t>(kPacket));
  ASSERT_EQ(::unlink(path.c_str()), 0) << "its reader goes on without it";
  push(*writer, false, 1);
  EXPECT_EQ(::read(reader, got.data(), got.size()), static_cast<ssize_t>(kPacket));
  ::close(reader);
  push(*writer, false, 1);
  ASSERT_TRUE(run_until(io_, [this] { return error_.has_value(); }));
  EXPECT_EQ(error_->what, "nobody reads from " + path + " any more");
  EXPECT_EQ(errors_, 1);
}

}  // namespace
}  // namespace pixelpass::playback
