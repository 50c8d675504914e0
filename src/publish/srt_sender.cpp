#include "publish/srt_sender.hpp"

#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/hand_over.hpp"
#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/mpegts/ts_packet.hpp"

#include "publish/refusals.hpp"
#include <boost/asio/post.hpp>
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace pixelpass::publish {
namespace {

using gst::Owned;

/// The longest single wait in SRT, so that it ends when it is told to.
constexpr const char* kPollMs = "200";

/// SRT's buffer for retransmission and for what waits for the line: a second of 40 Mbit/s. Bytes.
constexpr const char* kSendBuffer = "5000000";

/// How often SRT's statistics are asked for.
constexpr Duration kStatsEvery = 250ms;

/// Seven packets without content (ISO/IEC 13818-1, table 2-3), sent to see whether anybody is there.
Bytes null_packets() {
  constexpr std::size_t kPackets = 7;
  Bytes bytes(kPackets * kTsPacketBytes, 0xff);
  for (std::size_t at = 0; at < bytes.size(); at += kTsPacketBytes) {
    bytes[at] = kTsSyncByte;
    bytes[at + 1] = kNullPid >> 8;
    bytes[at + 2] = kNullPid & 0xff;
    bytes[at + 3] = 0x10;  // a payload alone
  }
  return bytes;
}

GstBuffer* buffer_with(const Bytes& bytes) {
  return gst_buffer_new_memdup(bytes.data(), bytes.size());
}

struct FreeStructure {
  void operator()(GstStructure* structure) const noexcept { gst_structure_free(structure); }
};

void set_up(GstElement* sink, const Target& target, const SocketAddress& address) {
  // Setting the address resets all else, so it comes first. SRT's default of twelve megabytes is half a
  // minute of a picture.
  const auto uri =
      "srt://" + address.to_string() + "?poll-timeout=" + kPollMs + "&tlpktdrop=1&sndbuf=" + kSendBuffer;
  g_object_set(sink, "uri", uri.c_str(), "latency", static_cast<int>(target.latency.count()), nullptr);
  // g_object_set(), not set_property(), which would parse these arbitrary texts.
  if (!target.stream_id.empty()) g_object_set(sink, "streamid", target.stream_id.c_str(), nullptr);
  if (!target.passphrase.empty()) g_object_set(sink, "passphrase", target.passphrase.c_str(), nullptr);
  if (target.key_bytes != 0) gst::set_property(sink, "pbkeylen", std::to_string(target.key_bytes));
}

}  // namespace

/// Made on the network thread; the pipeline belongs to the media thread, and is destroyed there.
class SrtSender::Work {
 public:
  struct Told {
    std::function<void()> on_open;               ///< on GStreamer's thread
    std::function<void(std::string)> on_failed;  ///< on the media thread; once
  };

  explicit Work(Told told) : told_(std::move(told)) {}
  ~Work() {
    watch_.reset();
    if (pipeline_) gst::stop_pipeline(pipeline_.get());
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  void start(GMainContext* context, const Target& target, const SocketAddress& address);
  void push(const Bytes& bytes);
  /// Thread: any.
  [[nodiscard]] std::size_t waiting() const { return handed_over_ + level_; }
  void count_handed_over(std::size_t bytes) { handed_over_ += bytes; }
  void measure();
  /// Thread: any.
  [[nodiscard]] Line line() const {
    return {std::chrono::microseconds(rtt_us_), resent_packets_, dropped_packets_, 0};
  }

 private:
  void watch_first_packets();
  void fail(std::string why);
  static GstPadProbeReturn on_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer self) noexcept;
  static void on_need_data(GstAppSrc* source, guint bytes, gpointer self) noexcept;

  const Told told_;
  Owned<GstElement> pipeline_;
  Owned<GstElement> source_;
  Owned<GstElement> sink_;
  std::unique_ptr<gst::BusWatch> watch_;
  bool has_failed_ = false;
  std::atomic<std::size_t> handed_over_ = 0;  ///< bytes that wait for the media thread
  std::atomic<std::size_t> level_ = 0;        ///< bytes that wait for SRT
  std::atomic<std::int64_t> rtt_us_ = 0;
  std::atomic<std::uint64_t> resent_packets_ = 0;
  std::atomic<std::uint64_t> dropped_packets_ = 0;
  Instant asked_{};         ///< for the statistics
  bool has_line_ = false;   ///< there have been some
  bool has_begun_ = false;  ///< of the one streaming thread
  bool is_open_ = false;    ///< the same
};

void SrtSender::Work::start(GMainContext* context, const Target& target, const SocketAddress& address) {
  try {
    pipeline_ = gst::parse_pipeline(
        gst::source_text(gst::kSourceName) + " ! " + gst::element_text("srtsink") + " name=" + gst::kSinkName,
        "srtsink");
    source_ = gst::element_of(pipeline_.get(), gst::kSourceName);
    sink_ = gst::element_of(pipeline_.get(), gst::kSinkName);
    set_up(sink_.get(), target, address);
    watch_first_packets();
    watch_ = std::make_unique<gst::BusWatch>(pipeline_.get(), context,
                                             [this](std::string why) { fail(std::move(why)); });
    gst::start_pipeline(pipeline_.get(), "srtsink", gst::gstreamer_hint());
    gst::push_buffer(pipeline_.get(), source_.get(), buffer_with(null_packets()));
  } catch (const StartupError& error) {
    fail(error.what());
  }
}

/// Notices the connection: srtsink does not report it, but takes its first buffer when it is connected.
void SrtSender::Work::watch_first_packets() {
  gst::hand_over(this);
  const Owned<GstPad> pad(gst_element_get_static_pad(sink_.get(), "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &Work::on_buffer, this, nullptr);
  GstAppSrcCallbacks callbacks{};
  callbacks.need_data = &Work::on_need_data;
  gst_app_src_set_callbacks(GST_APP_SRC(source_.get()), &callbacks, this, nullptr);
}

GstPadProbeReturn SrtSender::Work::on_buffer(GstPad* /*pad*/, GstPadProbeInfo* /*info*/,
                                             gpointer self) noexcept {
  gst::take_over(self);
  static_cast<Work*>(self)->has_begun_ = true;
  gst::hand_over(self);
  return GST_PAD_PROBE_REMOVE;
}

/// The streaming thread asks for more, so the sink has taken what it had.
void SrtSender::Work::on_need_data(GstAppSrc* /*source*/, guint /*bytes*/, gpointer self) noexcept {
  gst::take_over(self);
  auto& work = *static_cast<Work*>(self);
  if (work.has_begun_ && !std::exchange(work.is_open_, true)) work.told_.on_open();
  gst::hand_over(self);
}

void SrtSender::Work::push(const Bytes& bytes) {
  handed_over_ -= bytes.size();
  if (has_failed_) return;
  gst::push_buffer(pipeline_.get(), source_.get(), buffer_with(bytes));
  measure();
}

/// Asks for statistics, which do not exist for a connection that SRT has given up. srtsink notices that end
/// only if it writes in the moment before SRT forgets the connection; later it silently drops what comes.
void SrtSender::Work::measure() {
  level_ = source_ ? gst_app_src_get_current_level_bytes(GST_APP_SRC(source_.get())) : 0;
  const auto now = Clock::now();
  if (!sink_ || has_failed_ || now - asked_ < kStatsEvery) return;
  asked_ = now;
  GstStructure* raw = nullptr;
  g_object_get(sink_.get(), "stats", &raw, nullptr);
  const std::unique_ptr<GstStructure, FreeStructure> stats(raw);
  if (!stats) return;
  double rtt_ms = 0;
  int resent = 0, dropped = 0;
  if (gst_structure_get_double(stats.get(), "rtt-ms", &rtt_ms) == FALSE) {
    if (has_line_) fail("Connection was broken");
    return;
  }
  has_line_ = true;
  rtt_us_ = static_cast<std::int64_t>(rtt_ms * 1000);
  if (gst_structure_get_int(stats.get(), "packets-retransmitted", &resent) != FALSE)
    resent_packets_ = static_cast<std::uint64_t>(std::max(resent, 0));
  if (gst_structure_get_int(stats.get(), "packets-sent-dropped", &dropped) != FALSE)
    dropped_packets_ = static_cast<std::uint64_t>(std::max(dropped, 0));
}

void SrtSender::Work::fail(std::string why) {
  if (!std::exchange(has_failed_, true)) told_.on_failed(std::move(why));
}

SrtSender::SrtSender(boost::asio::io_context& io, gst::MediaThread& thread, const Target& target,
                     const SocketAddress& address, const Broadcast& broadcast, Handlers handlers)
    : target_(target), handlers_(std::move(handlers)), feed_(broadcast), thread_(thread) {
  const auto on_network = [&io, alive = std::weak_ptr<bool>(alive_)](auto what) {
    boost::asio::post(io, [alive, what = std::move(what)] {
      if (!alive.expired()) what();
    });
  };
  work_ =
      std::make_shared<Work>(Work::Told{[this, on_network] {
                                          on_network([this] {
                                            feed_.open();
                                            handlers_.on_open();
                                          });
                                        },
                                        [this, on_network](std::string why) {
                                          on_network([this, why = std::move(why)] {
                                            handlers_.on_failed(srt_failed(target_, why, feed_.is_open()));
                                          });
                                        }});
  thread_.post(
      [work = work_, context = thread.context(), target, address] { work->start(context, target, address); });
}

/// Ends the connection on the media thread, which may take a moment.
SrtSender::~SrtSender() {
  thread_.post([work = std::move(work_)] {});
}

Line SrtSender::line() const {
  return work_->line();
}

void SrtSender::on_broadcast() {
  const auto dropped = line().dropped_packets;
  if (std::exchange(seen_dropped_, dropped) < dropped) feed_.skip_group();
  while (feed_.is_open() && work_->waiting() < kMostWaiting) {
    const auto pieces = feed_.pieces();
    if (pieces.empty()) return;
    Bytes bytes;
    for (const iovec& piece : pieces) {
      const auto* begin = static_cast<const std::uint8_t*>(piece.iov_base);
      bytes.insert(bytes.end(), begin, begin + piece.iov_len);
    }
    feed_.consume(bytes.size());
    work_->count_handed_over(bytes.size());
    thread_.post([work = work_, bytes = std::move(bytes)] { work->push(bytes); });
  }
  if (feed_.is_open()) thread_.post([work = work_] { work->measure(); });
}

}  // namespace pixelpass::publish
