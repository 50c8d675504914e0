#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/gst/session_description.hpp"

#include "../traversal/certificates.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::publish {

namespace http = boost::beast::http;
using HttpAsked = http::request<http::string_body>;
using HttpAnswered = http::response<http::string_body>;

/// An engine's end of a WebRTC session: GStreamer's, which decodes what comes.
class RtcEngine {
 public:
  /// The answer comes on a thread of GStreamer's, with its candidates.
  RtcEngine(const std::string& offer, std::function<void(std::string)> on_answer)
      : on_answer_(std::move(on_answer)),
        // One element alone would be parsed as itself, and webrtcbin is a bin.
        pipeline_(gst::parse_pipeline(
            "webrtcbin bundle-policy=max-bundle name=webrtc fakesrc num-buffers=0 ! fakesink async=false",
            "webrtcbin")),
        webrtc_(gst::element_of(pipeline_.get(), "webrtc")) {
    gst::keep_from_upnp(webrtc_.get());
    g_signal_connect(webrtc_.get(), "pad-added", G_CALLBACK(on_pad), this);
    g_signal_connect(webrtc_.get(), "on-ice-candidate", G_CALLBACK(on_candidate), this);
    g_signal_connect(webrtc_.get(), "notify::ice-gathering-state", G_CALLBACK(on_gathering), this);
    gst::start_pipeline(pipeline_.get(), "webrtcbin", gst::gstreamer_hint());
    gst::set_description(webrtc_.get(), "set-remote-description", gst::SdpKind::kOffer, offer,
                         [this](GstPromise* promise) {
                           failure = gst::failure_in(promise);
                           answer();
                         });
  }
  ~RtcEngine() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  RtcEngine(const RtcEngine&) = delete;
  RtcEngine& operator=(const RtcEngine&) = delete;

  /// As a viewer's browser does that has lost a picture.
  void ask_for_keyframe() {
    const std::scoped_lock lock(mutex_);
    if (video_) gst_pad_push_event(video_.get(), force_key_unit());
  }

  /// Sends close_notify.
  void close() {
    const std::unique_ptr<GstIterator, decltype(&gst_iterator_free)> found(
        gst_bin_iterate_all_by_element_factory_name(GST_BIN(pipeline_.get()), "dtlsenc"), gst_iterator_free);
    gst_iterator_foreach(found.get(), close_one, nullptr);
  }

  std::atomic<int> pictures = 0;     ///< decoded
  std::atomic<int> audio_units = 0;  ///< decoded
  std::string failure;

 private:
  static GstEvent* force_key_unit() {
    return gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, gst_structure_new("GstForceKeyUnit", "all-headers",
                                                                             G_TYPE_BOOLEAN, TRUE, nullptr));
  }
  /// dtlsenc closes at the end of its stream.
  static void close_one(const GValue* element, gpointer) noexcept {
    auto* encoder = static_cast<GstElement*>(g_value_get_object(element));
    const gst::Owned<GstPad> sink(gst_element_get_static_pad(encoder, "sink"));
    if (sink) gst_pad_send_event(sink.get(), gst_event_new_eos());
  }
  void answer() {
    gst::ask(webrtc_.get(), "create-answer", [this](GstPromise* promise) {
      const auto made = gst::description_in(promise, "answer");
      if (!made) return;
      answer_ = *made;
      gst::set_description(webrtc_.get(), "set-local-description", gst::SdpKind::kAnswer, answer_,
                           [](GstPromise*) {});
    });
  }
  static void on_candidate(GstElement* /*webrtc*/, guint /*line*/, char* candidate, gpointer self) noexcept {
    auto& engine = *static_cast<RtcEngine*>(self);
    const std::scoped_lock lock(engine.mutex_);
    engine.candidates_ += std::string("a=") + candidate + "\r\n";
  }
  static void on_gathering(GObject* webrtc, GParamSpec* /*spec*/, gpointer self) noexcept {
    constexpr int kComplete = 2;
    int state = 0;
    g_object_get(webrtc, "ice-gathering-state", &state, nullptr);
    auto& engine = *static_cast<RtcEngine*>(self);
    if (state != kComplete || engine.has_answered_.exchange(true)) return;
    const std::scoped_lock lock(engine.mutex_);
    // Of the first medium, which carries the other one as well.
    auto sdp = engine.answer_;
    engine.on_answer_(sdp.insert(std::min(sdp.find("m=audio"), sdp.size()), engine.candidates_));
  }
  static void on_pad(GstElement* /*webrtc*/, GstPad* pad, gpointer self) noexcept {
    auto& engine = *static_cast<RtcEngine*>(self);
    if (GST_PAD_DIRECTION(pad) == GST_PAD_SRC) engine.decode(pad);
  }
  void decode(GstPad* pad) {
    const gst::Owned<GstCaps> caps(gst_pad_get_current_caps(pad));
    const std::string media = gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "media");
    const bool is_video = media == "video";
    GstElement* bin = gst_parse_bin_from_description(
        is_video ? "rtph264depay ! h264parse ! avdec_h264 ! fakesink signal-handoffs=true sync=false "
                   "async=false name=end"
                 : "rtpopusdepay ! opusdec ! fakesink signal-handoffs=true sync=false async=false name=end",
        TRUE, nullptr);
    gst_bin_add(GST_BIN(pipeline_.get()), bin);
    const gst::Owned<GstElement> end(gst_bin_get_by_name(GST_BIN(bin), "end"));
    g_signal_connect(end.get(), "handoff", G_CALLBACK(is_video ? on_picture : on_audio), this);
    const gst::Owned<GstPad> sink(gst_element_get_static_pad(bin, "sink"));
    gst_pad_link(pad, sink.get());
    gst_element_sync_state_with_parent(bin);
    const std::scoped_lock lock(mutex_);
    if (is_video) video_.reset(GST_PAD(gst_object_ref(sink.get())));
  }
  static void on_picture(GstElement*, GstBuffer*, GstPad*, gpointer self) noexcept {
    ++static_cast<RtcEngine*>(self)->pictures;
  }
  static void on_audio(GstElement*, GstBuffer*, GstPad*, gpointer self) noexcept {
    ++static_cast<RtcEngine*>(self)->audio_units;
  }

  const std::function<void(std::string)> on_answer_;
  std::mutex mutex_;
  std::string answer_;
  std::string candidates_;
  std::atomic<bool> has_answered_ = false;
  gst::Owned<GstPad> video_;
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> webrtc_;
};

/// An engine's HTTP side, on the test's own thread, over TLS where it has a certificate. `serve` says what
/// each request gets; without it, offers get an RtcEngine.
class WhipEndpoint {
 public:
  using Reply = std::function<void(HttpAnswered)>;
  using Serve = std::function<void(const HttpAsked&, Reply)>;

  explicit WhipEndpoint(boost::asio::io_context& io, std::uint16_t port = 0)
      : io_(io), acceptor_(io, {boost::asio::ip::address_v4::loopback(), port}) {
    accept();
  }
  WhipEndpoint(boost::asio::io_context& io, const traversal::test::ServerFiles& files) : WhipEndpoint(io) {
    tls_.emplace(boost::asio::ssl::context::tls_server);
    tls_->use_certificate_chain_file(files.certificate.string());
    tls_->use_private_key_file(files.key.string(), boost::asio::ssl::context::pem);
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string url(const std::string& path = "/screen/whip") const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) + path;
  }

  static HttpAnswered answer(unsigned status) {
    HttpAnswered answered(static_cast<http::status>(status), 11);
    answered.prepare_payload();
    return answered;
  }
  void negotiate(const HttpAsked& request, const Reply& reply) {
    auto on_answer = [this, reply](std::string sdp) {
      boost::asio::post(io_, [reply, sdp = std::move(sdp)] {
        HttpAnswered answered(http::status::created, 11);
        answered.set(http::field::location, "/session/1");
        answered.set(http::field::content_type, "application/sdp");
        answered.body() = sdp;
        answered.prepare_payload();
        reply(std::move(answered));
      });
    };
    engine = std::make_unique<RtcEngine>(request.body(), std::move(on_answer));
  }

  Serve serve = [this](const HttpAsked& request, const Reply& reply) {
    if (request.method() == http::verb::post) return negotiate(request, reply);
    reply(answer(200));
  };
  std::unique_ptr<RtcEngine> engine;
  std::vector<HttpAsked> asked;

 private:
  struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket socket) : stream(std::move(socket)) {}
    boost::beast::tcp_stream stream;
    std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls;
    boost::beast::flat_buffer buffer;
    HttpAsked request;
    HttpAnswered answered;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void accept() {
    acceptor_.async_accept([this](const auto& error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      const auto connection = std::make_shared<Connection>(std::move(socket));
      tls_ ? shake_hands(connection) : read(connection, connection->stream);
      accept();
    });
  }
  void shake_hands(const ConnectionPtr& connection) {
    auto& tls = connection->tls.emplace(connection->stream, *tls_);
    tls.async_handshake(boost::asio::ssl::stream_base::server, [this, connection](const auto& failed) {
      if (!failed) read(connection, *connection->tls);
    });
  }
  void read(const ConnectionPtr& connection, auto& stream) {
    http::async_read(stream, connection->buffer, connection->request,
                     [this, connection, &stream](const auto& failed, std::size_t) {
                       if (!failed) on_request(connection, stream);
                     });
  }
  void on_request(const ConnectionPtr& connection, auto& stream) {
    asked.push_back(connection->request);
    serve(connection->request, [connection, &stream](HttpAnswered answered) {
      connection->answered = std::move(answered);
      http::async_write(stream, connection->answered, [connection](const auto&, std::size_t) {});
    });
  }

  boost::asio::io_context& io_;
  std::optional<boost::asio::ssl::context> tls_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace pixelpass::publish
