#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/publish/target.hpp"

#include "publish/live_feed.hpp"
#include "publish/sender.hpp"
#include <boost/asio/io_context.hpp>

#include <memory>

namespace pixelpass::publish {

/// MPEG-TS over SRT, by GStreamer's srtsink, which calls the engine once: whoever owns this calls again, from
/// a keyframe on. SRT drops what is too late for the engine, packet by packet: the group that it was of is
/// not sent to its end then. Of what the engine gives up, as it came too late there, nobody hears: it
/// acknowledges that (draft-sharabayko-srt-01, section 4.6), and srtsink's packets-sent-lost has all that was
/// asked for again, also what came in time then. The next group, two seconds at most, makes up for that.
/// Thread: network; the pipeline's changes of state, which wait, are the media thread's.
class SrtSender final : public Sender {
 public:
  /// The most bytes handed over and not taken by SRT yet; beyond that the broadcast skips groups for it.
  static constexpr std::size_t kMostWaiting = 1 << 20;

  /// `thread` outlives it.
  SrtSender(boost::asio::io_context& io, gst::MediaThread& thread, const Target& target,
            const SocketAddress& address, const Broadcast& broadcast, Handlers handlers);
  ~SrtSender() override;

  void on_broadcast() override;
  [[nodiscard]] std::uint64_t bytes_sent() const override { return feed_.bytes_sent(); }
  [[nodiscard]] std::uint64_t skipped_groups() const override { return feed_.skipped_groups(); }
  [[nodiscard]] Line line() const override;

 private:
  class Work;

  const Target target_;
  const Handlers handlers_;
  LiveFeed feed_;
  gst::MediaThread& thread_;
  std::uint64_t seen_dropped_ = 0;  ///< of line()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  std::shared_ptr<Work> work_;
};

}  // namespace pixelpass::publish
