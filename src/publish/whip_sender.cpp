#include "publish/whip_sender.hpp"

#include "publish/refusals.hpp"
#include <boost/asio/post.hpp>

#include <utility>

namespace pixelpass::publish {
namespace {

HttpUrl url_of(const Target& target) {
  return {.is_tls = target.is_tls, .host = target.host, .port = target.port, .path = target.path};
}

bool same_origin(const HttpUrl& a, const HttpUrl& b) {
  return a.is_tls == b.is_tls && a.host == b.host && a.port == b.port;
}

/// The Authorization field, only for the server that the user named (as in browsers).
std::string authorization_for(const HttpUrl& url, const Target& target) {
  return same_origin(url, url_of(target)) ? target.authorization : "";
}

/// Whether the answer accepts a medium; port 0 means that it is refused (RFC 3264 section 6).
bool accepts(const std::string& sdp, const std::string& medium) {
  const auto line = "\nm=" + medium + " ";
  return sdp.find(line) != sdp.npos && sdp.find(line + "0 ") == sdp.npos;
}

}  // namespace

WhipSender::WhipSender(boost::asio::io_context& io, gst::MediaThread& thread, const Target& target,
                       bool has_audio, Handlers handlers)
    : io_(io),
      thread_(thread),
      target_(target),
      has_audio_(has_audio),
      handlers_(std::move(handlers)),
      deadline_(io),
      pipeline_(std::make_shared<RtcPipeline>(told())) {
  thread_.post(
      [pipeline = pipeline_, context = thread.context(), has_audio] { pipeline->start(context, has_audio); });
}

/// Ends the pipeline on the media thread, which may take a moment.
WhipSender::~WhipSender() {
  end_session([] {});
  thread_.post([pipeline = std::move(pipeline_)] {});
}

RtcPipeline::Told WhipSender::told() {
  // The pipeline's threads may still call when this object has gone.
  const auto on_network = [this, &io = io_, alive = std::weak_ptr<bool>(alive_)](auto what) {
    boost::asio::post(io, [this, alive, what = std::move(what)] {
      if (!alive.expired() && !has_failed_) what();
    });
  };
  return {.on_offer =
              [this, on_network](std::string sdp) {
                on_network([this, sdp = std::move(sdp)] {
                  offer_ = sdp;
                  offer_to(url_of(target_));
                });
              },
          .on_connected = [this, on_network] { on_network([this] { on_connected(); }); },
          .on_keyframe_wanted =
              [this, on_network] {
                on_network([this] {
                  if (is_open_) handlers_.on_keyframe_wanted();
                });
              },
          .on_failed =
              [this, on_network](std::string what) {
                on_network([this, what = std::move(what)] { fail(webrtc_failed(target_, what, is_open_)); });
              }};
}

void WhipSender::offer_to(const HttpUrl& url) {
  exchange_ = HttpExchange::start(io_, target_,
                                  {.method = "POST",
                                   .url = url,
                                   .authorization = authorization_for(url, target_),
                                   .content_type = "application/sdp",
                                   .body = offer_},
                                  kAnswerWithin, [this, url](const auto& outcome) {
                                    exchange_.reset();
                                    on_answer(url, outcome);
                                  });
}

void WhipSender::on_answer(const HttpUrl& asked, const Result<HttpResponse>& outcome) {
  constexpr int kTemporaryRedirect = 307, kPermanentRedirect = 308, kOk = 200, kCreated = 201;
  if (!outcome) return fail(outcome.error());
  const int status = outcome->status;
  if (status == kTemporaryRedirect || status == kPermanentRedirect) return follow(asked, outcome->location);
  // Some engines, from before the RFC, answer with 200.
  if (status == kCreated || status == kOk) return accept(asked, *outcome);
  fail(http_refused(target_, status));
}

void WhipSender::follow(const HttpUrl& asked, const std::string& location) {
  const auto next = resolve_location(asked, location);
  if (!next || ++redirects_ > kMostRedirects) return fail(redirected_badly(target_));
  offer_to(*next);
}

void WhipSender::accept(const HttpUrl& asked, const HttpResponse& answer) {
  session_ = resolve_location(asked, answer.location);
  if (!accepts(answer.body, "video")) return fail(no_h264_wanted(target_));
  takes_audio_ = has_audio_ && accepts(answer.body, "audio");
  std::vector<IceServer> servers;
  for (const auto& link : answer.links) add_ice_servers(link, servers);
  thread_.post([pipeline = pipeline_, sdp = answer.body, servers] { pipeline->answer(sdp, servers); });
  deadline_.expires_after(kConnectWithin);
  deadline_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const auto& error) {
    if (!error && !alive.expired() && !is_open_) fail(webrtc_failed(target_, pipeline_->obstacle(), false));
  });
}

void WhipSender::on_connected() {
  deadline_.cancel();
  is_open_ = true;
  handlers_.on_open();
}

void WhipSender::on_unit(const AccessUnit& unit) {
  const bool is_video = unit.kind == AccessUnit::Kind::kVideo;
  if (!is_open_ || has_failed_ || unit.kind == AccessUnit::Kind::kAudio) return;
  const bool is_slow = pipeline_->waiting() >= kMostWaiting;
  if (is_video && is_slow && !std::exchange(awaits_keyframe_, true)) ++skipped_groups_;
  if (is_video && unit.keyframe && !is_slow) awaits_keyframe_ = false;
  if (awaits_keyframe_) return;
  bytes_ += unit.bytes.size();
  pipeline_->count_handed_over(unit.bytes.size());
  thread_.post([pipeline = pipeline_, unit] { pipeline->push(unit); });
}

void WhipSender::leave(const std::function<void()>& done) {
  has_failed_ = true;
  end_session(done);
}

void WhipSender::end_session(std::function<void()> done) {
  if (exchange_) std::exchange(exchange_, nullptr)->cancel();
  const auto session = std::exchange(session_, std::nullopt);
  if (!session) return done();
  HttpExchange::start(
      io_, target_,
      {.method = "DELETE", .url = *session, .authorization = authorization_for(*session, target_)},
      kLeaveWithin, [done = std::move(done)](const auto&) { done(); });
}

void WhipSender::fail(Error error) {
  if (std::exchange(has_failed_, true)) return;
  deadline_.cancel();
  end_session([] {});
  boost::asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_), error = std::move(error)] {
    if (!alive.expired()) handlers_.on_failed(error);
  });
}

}  // namespace pixelpass::publish
