#pragma once

#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/publish/target.hpp"

#include "publish/http_exchange.hpp"
#include "publish/rtc_pipeline.hpp"
#include "publish/sender.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>

namespace pixelpass::publish {

/// H.264 and Opus over WebRTC, to an engine that is asked over HTTP (WHIP, RFC 9725). Thread: network; the
/// pipeline's changes of state, which wait, run on the media thread.
class WhipSender final : public Sender {
 public:
  static constexpr Duration kAnswerWithin = 10s;
  /// The time from the answer to the first packet that may be sent.
  static constexpr Duration kConnectWithin = 15s;
  /// The longest wait at the program's end for an engine to hear of it.
  static constexpr Duration kLeaveWithin = 1s;
  static constexpr int kMostRedirects = 5;
  /// The most bytes handed over and not sent yet; beyond that groups are skipped.
  static constexpr std::size_t kMostWaiting = 4 << 20;

  /// `thread` and the io_context outlive it. `has_audio`: there may be Opus.
  WhipSender(boost::asio::io_context& io, gst::MediaThread& thread, const Target& target, bool has_audio,
             Handlers handlers);
  ~WhipSender() override;

  void on_unit(const AccessUnit& unit) override;
  [[nodiscard]] bool wants_opus() const override { return is_open_ && takes_audio_; }
  void leave(const std::function<void()>& done) override;
  [[nodiscard]] std::uint64_t bytes_sent() const override { return bytes_; }
  [[nodiscard]] std::uint64_t skipped_groups() const override { return skipped_groups_; }
  [[nodiscard]] Line line() const override { return pipeline_->line(); }

 private:
  RtcPipeline::Told told();
  void offer_to(const HttpUrl& url);
  void on_answer(const HttpUrl& asked, const Result<HttpResponse>& outcome);
  void follow(const HttpUrl& asked, const std::string& location);
  void accept(const HttpUrl& asked, const HttpResponse& answer);
  void on_connected();
  void fail(Error error);
  /// Tells the engine that the session is over, if it has begun.
  void end_session(std::function<void()> done);

  boost::asio::io_context& io_;
  gst::MediaThread& thread_;
  const Target target_;
  const bool has_audio_;
  const Handlers handlers_;
  boost::asio::steady_timer deadline_;
  std::string offer_;
  int redirects_ = 0;
  std::shared_ptr<HttpExchange> exchange_;  ///< that waits for its answer
  std::optional<HttpUrl> session_;          ///< to be deleted
  bool takes_audio_ = false;
  bool is_open_ = false;
  bool has_failed_ = false;
  bool awaits_keyframe_ = true;
  std::uint64_t bytes_ = 0;
  std::uint64_t skipped_groups_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  std::shared_ptr<RtcPipeline> pipeline_;
};

}  // namespace pixelpass::publish
