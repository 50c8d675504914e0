#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/publish/publisher.hpp"

#include "publish/srt_sender.hpp"
#include "test_stream.hpp"
#include <boost/asio/ip/udp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace pixelpass::publish {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// GStreamer's SRT listener.
class SrtEngine {
 public:
  explicit SrtEngine(std::uint16_t port, const std::string& more = "")
      : pipeline_(gst::parse_pipeline(
            "srtsrc mode=listener localaddress=127.0.0.1 localport=" + std::to_string(port) + " latency=50 " +
                more + gst::sink_text("sink"),
            "srtsrc")) {
    gst::take_samples(pipeline_.get(), "sink", [this](GstSample* sample) { take(sample); });
    gst::start_pipeline(pipeline_.get(), "srtsrc", gst::gstreamer_hint());
  }
  ~SrtEngine() {
    reads(true);
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }
  SrtEngine(const SrtEngine&) = delete;
  SrtEngine& operator=(const SrtEngine&) = delete;

  /// False: it takes what has come and no more, until it does again.
  void reads(bool does) {
    reads_ = does;
    reads_.notify_all();
  }
  std::size_t received() {
    const std::scoped_lock lock(mutex_);
    return got_.size();
  }
  /// Without what was sent to see whether it is there.
  Bytes got() {
    const std::scoped_lock lock(mutex_);
    Bytes stream;
    for (ByteView rest(got_); rest.size() >= kTsPacketBytes; rest = rest.subspan(kTsPacketBytes))
      if ((rest[1] & 0x1f) != 0x1f || rest[2] != 0xff)
        stream.insert(stream.end(), rest.begin(), rest.begin() + kTsPacketBytes);
    return stream;
  }

 private:
  void take(GstSample* sample) {
    reads_.wait(false);
    const auto bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
    const std::scoped_lock lock(mutex_);
    got_.insert(got_.end(), bytes.view().begin(), bytes.view().end());
  }

  std::atomic<bool> reads_ = true;
  std::mutex mutex_;
  Bytes got_;
  gst::Owned<GstElement> pipeline_;
};

class SrtTest : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("srtsrc")) GTEST_SKIP() << "install gstreamer1.0-plugins-bad";
    port_ = free_port();
  }
  std::uint16_t free_port() {
    using boost::asio::ip::udp;
    udp::socket socket(io_, {boost::asio::ip::address_v4::loopback(), 0});
    return socket.local_endpoint().port();
  }
  [[nodiscard]] std::string url(const std::string& more = "") const {
    return "srt://127.0.0.1:" + std::to_string(port_) + more;
  }
  void wait_for(const auto& condition) { run_until(io_, condition); }
  /// SRT's reason may come too soon to be seen: then that it was refused is said, and the next call is told
  /// it.
  void wait_for_refusal(const TestStream& stream, const std::string& reason) {
    wait_for([&] { return std::ranges::count(stream.failures, reason) > 0; });
    EXPECT_THAT(stream.failures, Each(AnyOf(reason, HasSubstr("it has refused the connection"))));
  }

  boost::asio::io_context io_;
  std::uint16_t port_ = 0;
};

TEST_F(SrtTest, a_listener_gets_the_stream_from_a_keyframe_on) {
  TestStream stream(io_);
  SrtEngine engine(port_);
  const auto publisher = stream.publish(url("?latency=50"));
  wait_for([&] { return engine.got().size() > 500'000; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine.got()));
  EXPECT_EQ(stream.published, 1);
  EXPECT_THAT(stream.failures, IsEmpty());
}

TEST_F(SrtTest, a_passphrase_encrypts_it) {
  TestStream stream(io_);
  SrtEngine engine(port_, "passphrase=ten\\ letters pbkeylen=32 ");
  const auto publisher = stream.publish(url("?passphrase=ten%20letters&pbkeylen=32&latency=50"));
  wait_for([&] { return engine.got().size() > 100'000; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine.got()));
}

TEST_F(SrtTest, a_wrong_passphrase_is_said_so) {
  TestStream stream(io_);
  SrtEngine engine(port_, "passphrase=ten\\ letters ");
  const auto publisher = stream.publish(url("?passphrase=other%20letters"));
  wait_for_refusal(stream, url() + " gets no stream: it has another passphrase");
  EXPECT_EQ(stream.published, 0);
}

TEST_F(SrtTest, an_engine_without_a_passphrase_takes_none) {
  TestStream stream(io_);
  SrtEngine engine(port_, "passphrase=ten\\ letters ");
  const auto publisher = stream.publish(url());
  wait_for_refusal(stream, url() + " gets no stream: one side has a passphrase, the other has none");
}

TEST_F(SrtTest, an_engine_that_goes_away_and_comes_back_gets_it_from_a_keyframe_on_again) {
  TestStream stream(io_);
  auto engine = std::make_unique<SrtEngine>(port_);
  const auto publisher = stream.publish(url("?latency=50"));
  wait_for([&] { return engine->got().size() > 100'000; });
  engine.reset();
  wait_for([&] { return !stream.failures.empty(); });
  EXPECT_THAT(stream.failures, ElementsAre(HasSubstr("ended the connection")));
  engine = std::make_unique<SrtEngine>(port_);
  wait_for([&] { return engine->got().size() > 100'000; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(engine->got()));
  EXPECT_EQ(stream.published, 2);
}

TEST_F(SrtTest, an_engine_that_does_not_read_loses_groups_and_nobody_else_anything) {
  TestStream stream(io_, 300'000);
  SrtEngine slow(port_);
  const auto other_port = free_port();
  SrtEngine other(other_port);
  const auto to_slow = stream.publish(url("?latency=50"));
  // Enough to send again what a busy machine has lost: not the latency is tested.
  const auto to_other = stream.publish("srt://127.0.0.1:" + std::to_string(other_port) + "?latency=3000");
  wait_for([&] { return slow.got().size() > 100'000 && other.got().size() > 100'000; });
  slow.reads(false);
  wait_for([&] { return to_slow->counters().skipped_groups > 3; });
  EXPECT_TRUE(stream.begins_with_a_keyframe_and_misses_nothing(other.got()));
  EXPECT_EQ(to_other->counters().skipped_groups, 0U);
  EXPECT_THAT(stream.failures, IsEmpty());
  const auto before = slow.got().size();
  slow.reads(true);
  wait_for([&] { return slow.got().size() > before + 10'000'000; });
}

/// Nothing under a sanitizer, which has memory of its own.
std::ptrdiff_t allocated_bytes() {
  const auto info = mallinfo2();
  return static_cast<std::ptrdiff_t>(info.uordblks + info.hblkhd);
}

TEST_F(SrtTest, what_waits_for_an_engine_that_does_not_read_is_bounded_and_it_goes_on_with_a_keyframe) {
  constexpr std::ptrdiff_t kWaits = SrtSender::kMostWaiting;
  constexpr std::ptrdiff_t kSentAgain = 5 << 20;
  constexpr std::ptrdiff_t kEngines = 12 << 20;  // SRT's own choice
  constexpr std::ptrdiff_t kBroadcasts = Broadcast::Limits{}.groups * 350'000;
  TestStream stream(io_, 300'000);
  SrtEngine slow(port_, "keep-listening=true ");
  const auto publisher = stream.publish(url("?latency=1000"));
  wait_for([&] { return slow.got().size() > 1'000'000; });
  const auto allocated = [&] { return allocated_bytes() - stream.kept_bytes(); };
  const auto before = allocated();
  slow.reads(false);
  wait_for([&] { return publisher->counters().skipped_groups > 3; });
  const auto full = allocated();
  EXPECT_LT(full, before + kWaits + kSentAgain + kEngines + kBroadcasts);
  const auto last = stream.groups();
  wait_for([&] { return stream.groups() > last + 30; });
  EXPECT_LT(allocated(), full + kWaits + kBroadcasts) << "of some ten million";
  const auto again = stream.groups();
  slow.reads(true);
  const auto before_that = slow.got().size();
  auto looked_at = slow.received();
  const auto brings_a_group = [&] {
    // Not at each packet: to look takes longer than one does.
    if (slow.received() < looked_at + 1'000'000) return false;
    looked_at = slow.received();
    const auto got = slow.got();
    return stream.brings_a_whole_group(ByteView(got).subspan(before_that), again);
  };
  // SRT may have given the connection up: then the engine is called again.
  run_until(io_, brings_a_group, std::chrono::seconds(90));
}

TEST_F(SrtTest, an_engine_that_is_not_there_gives_no_answer) {
  TestStream stream(io_);
  const auto publisher = stream.publish(url());
  wait_for([&] { return !stream.failures.empty(); });
  EXPECT_THAT(stream.failures, ElementsAre(HasSubstr("no answer")));
}

}  // namespace
}  // namespace pixelpass::publish
