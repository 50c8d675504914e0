#include "publish/rtc_pipeline.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/glib.hpp"
#include "pixelpass/gst/hand_over.hpp"
#include "pixelpass/gst/session_description.hpp"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::publish {
namespace {

using gst::Owned;

constexpr const char* kWebrtc = "webrtc";
constexpr const char* kVideo = "video";
constexpr const char* kAudio = "sound";

/// How long an engine may be silent; it reports every few seconds (RFC 3550 section 6.2). Whether webrtcbin
/// itself notices an engine that has vanished depends on its version.
constexpr Duration kMostSilence = std::chrono::seconds(12);

/// How often webrtcbin's statistics are asked for.
constexpr Duration kStatisticsEvery = std::chrono::seconds(1);

/// GstWebRTCPeerConnectionState.
enum PeerState : int { kPeerConnected = 2, kPeerFailed = 4, kPeerClosed = 5 };

/// From GstWebRTCDTLSTransportState: the engine has sent close_notify (RFC 5246 section 7.2.1).
constexpr int kDtlsClosed = 1;

/// An SSRC for the offer, so that an engine can assign packets before it has seen any.
std::string random_ssrc() {
  std::array<std::uint8_t, 4> bytes{};
  system_random(bytes);
  std::uint32_t ssrc = 1;
  for (const auto byte : bytes) ssrc = (ssrc << 8) | byte;
  return std::to_string(ssrc | 1);
}

/// Caps that are fixed in advance: a payloader would read them from the stream, which comes after the offer;
/// and engines know this name for H.264 best. Engines do not insist on the profile: they pass on what comes.
std::string video_text() {
  const auto ssrc = random_ssrc();
  return gst::source_text(kVideo) +
         " caps=video/x-h264,stream-format=byte-stream,alignment=au"
         " ! " +
         gst::element_text("rtph264pay") + " ssrc=" + ssrc + " ! " + gst::element_text("capssetter") +
         " caps=\"application/x-rtp,media=video,encoding-name=H264,"
         "clock-rate=90000,payload=96,packetization-mode=(string)1,profile-level-id=(string)42e01f,"
         "level-asymmetry-allowed=(string)1,rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true,ssrc=(uint)" +
         ssrc + "\" ! " + kWebrtc + ". ";
}

std::string audio_text() {
  const auto ssrc = random_ssrc();
  return gst::source_text(kAudio) +
         " caps=audio/x-opus,rate=48000,channels=2,channel-mapping-family=0"
         " ! " +
         gst::element_text("rtpopuspay") + " ssrc=" + ssrc + " ! " + gst::element_text("capssetter") +
         " caps=\"application/x-rtp,media=audio,encoding-name=OPUS,"
         "encoding-params=(string)2,clock-rate=48000,payload=111,minptime=(string)10,"
         "stereo=(string)1,sprop-stereo=(string)1,ssrc=(uint)" +
         ssrc + "\" ! " + kWebrtc + ". ";
}

/// Lost packets are sent again (RFC 4588); nothing is received from the engine.
void set_up_transceivers(GstElement* webrtc, bool has_audio) {
  for (const char* name : {"sink_0", "sink_1"}) {
    const bool is_video = name[5] == '0';
    if (!is_video && !has_audio) return;
    const Owned<GstPad> pad(gst_element_get_static_pad(webrtc, name));
    gpointer raw = nullptr;
    if (pad) g_object_get(pad.get(), "transceiver", &raw, nullptr);
    const gst::Object<GObject> transceiver(static_cast<GObject*>(raw));
    if (!transceiver) throw StartupError("webrtcbin takes no stream", gst::gstreamer_hint());
    gst_util_set_object_arg(transceiver.get(), "direction", "sendonly");
    g_object_set(transceiver.get(), "do-nack", is_video ? TRUE : FALSE, nullptr);
  }
}

/// The DTLS transport of the first stream, which all share.
gst::Object<GObject> dtls_of(GstElement* webrtc) {
  gpointer transceiver = nullptr;
  gpointer sender = nullptr;
  gpointer transport = nullptr;
  const Owned<GstPad> pad(gst_element_get_static_pad(webrtc, "sink_0"));
  if (pad) g_object_get(pad.get(), "transceiver", &transceiver, nullptr);
  const gst::Object<GObject> of_transceiver(static_cast<GObject*>(transceiver));
  if (of_transceiver) g_object_get(transceiver, "sender", &sender, nullptr);
  const gst::Object<GObject> of_sender(static_cast<GObject*>(sender));
  if (of_sender) g_object_get(sender, "transport", &transport, nullptr);
  return gst::Object<GObject>(static_cast<GObject*>(transport));
}

/// An engine's reports on all streams, added up.
struct Reported {
  double rtt_seconds = 0;  ///< of the stream that takes the longest
  std::int64_t lost = 0;
};

std::int64_t whole_number_in(const GstStructure* statistics, const char* field) {
  const GValue* found = gst_structure_get_value(statistics, field);
  GValue number = G_VALUE_INIT;
  g_value_init(&number, G_TYPE_INT64);
  const bool is_one = found != nullptr && g_value_transform(found, &number) != FALSE;
  return is_one ? g_value_get_int64(&number) : 0;
}

/// Adds one entry of the statistics, which are structures in a structure (W3C, Identifiers for WebRTC's
/// Statistics API); those of kind remote-inbound-rtp are the engine's own.
gboolean add_statistics(GQuark /*id*/, const GValue* value, gpointer sum) noexcept {
  constexpr int kRemoteInbound = 4;  // GstWebRTCStatsType
  if (!GST_VALUE_HOLDS_STRUCTURE(value)) return TRUE;
  const GstStructure* one = gst_value_get_structure(value);
  int kind = 0;
  double rtt = 0;
  gst_structure_get_enum(one, "type", g_type_from_name("GstWebRTCStatsType"), &kind);
  if (kind != kRemoteInbound) return TRUE;
  auto& reported = *static_cast<Reported*>(sum);
  reported.lost += whole_number_in(one, "packets-lost");
  if (gst_structure_get_double(one, "round-trip-time", &rtt) != FALSE)
    reported.rtt_seconds = std::max(reported.rtt_seconds, rtt);
  return TRUE;
}

GstBuffer* buffer_over(const SharedBytes& bytes) {
  const auto view = bytes.view();
  auto* data = const_cast<std::uint8_t*>(view.data());  // read only, as the flag says
  auto* owned = new SharedBytes(bytes);
  gst::hand_over(owned);
  return gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, data, view.size(), 0, view.size(), owned,
                                     [](gpointer given_back) {
                                       gst::take_over(given_back);
                                       delete static_cast<SharedBytes*>(given_back);
                                     });
}

}  // namespace

/// Ending the pipeline joins webrtcbin's thread, on which promises are kept.
RtcPipeline::~RtcPipeline() {
  watch_.reset();
  if (pipeline_) gst::stop_pipeline(pipeline_.get());
}

void RtcPipeline::start(GMainContext* context, bool has_audio) {
  try {
    set_up(has_audio);
    watch_ = std::make_unique<gst::BusWatch>(pipeline_.get(), context,
                                             [this](std::string why) { fail(std::move(why)); });
    gst::start_pipeline(pipeline_.get(), "webrtcbin", gst::gstreamer_hint());
    ask_for_offer();
  } catch (const StartupError& error) {
    fail(error.what());
  }
}

void RtcPipeline::set_up(bool has_audio) {
  pipeline_ = gst::parse_pipeline(gst::element_text("webrtcbin") + " name=" + kWebrtc + " " + video_text() +
                                      (has_audio ? audio_text() : ""),
                                  "webrtcbin");
  webrtc_ = gst::element_of(pipeline_.get(), kWebrtc);
  video_ = gst::element_of(pipeline_.get(), kVideo);
  if (has_audio) audio_ = gst::element_of(pipeline_.get(), kAudio);
  gst::keep_from_upnp(webrtc_.get());
  set_up_transceivers(webrtc_.get(), has_audio);
  const Owned<GstElement> sessions(gst_bin_get_by_name(GST_BIN(webrtc_.get()), "rtpbin"));
  gst::hand_over(this);
  if (sessions) {
    // Sender reports then carry the capture time. The sending time needs a latency that these sessions are
    // never told; without it GStreamer 1.26 sends no reports at all.
    g_object_set(sessions.get(), "rtcp-sync-send-time", FALSE, nullptr);
    g_signal_connect(sessions.get(), "on-ssrc-active", G_CALLBACK(&RtcPipeline::on_report), this);
  }
  g_signal_connect(webrtc_.get(), "notify::connection-state", G_CALLBACK(&RtcPipeline::on_state), this);
  const Owned<GstPad> pad(gst_element_get_static_pad(video_.get(), "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, &RtcPipeline::on_event, this, nullptr);
}

void RtcPipeline::ask_for_offer() {
  gst::ask(webrtc_.get(), "create-offer", [this](GstPromise* promise) { on_offer(promise); });
}

void RtcPipeline::on_offer(GstPromise* promise) {
  auto offer = gst::description_in(promise, "offer");
  if (!offer) return fail(offer.error().what);
  offer_ = *offer;
  told_.on_offer(*std::move(offer));
}

void RtcPipeline::answer(const std::string& sdp, const std::vector<IceServer>& servers) {
  for (const auto& server : servers) {
    gboolean is_taken = FALSE;
    if (server.is_turn) {
      g_signal_emit_by_name(webrtc_.get(), "add-turn-server", server.uri.c_str(), &is_taken);
      if (is_taken == FALSE) is_turn_refused_ = true;
    } else {
      g_object_set(webrtc_.get(), "stun-server", server.uri.c_str(), nullptr);
    }
  }
  const auto look = [this](GstPromise* promise) {
    if (auto failure = gst::failure_in(promise); !failure.empty()) fail(std::move(failure));
  };
  if (!gst::set_description(webrtc_.get(), "set-local-description", gst::SdpKind::kOffer, offer_, look) ||
      !gst::set_description(webrtc_.get(), "set-remote-description", gst::SdpKind::kAnswer, sdp, look))
    fail("its answer is no session description");
}

std::string RtcPipeline::obstacle() const {
  return is_turn_refused_ ? "no way for the media, and webrtcbin does not take a TURN server that it names"
                          : "";
}

void RtcPipeline::push(const AccessUnit& unit) {
  handed_over_ -= unit.bytes.size();
  const bool is_audio = unit.kind == AccessUnit::Kind::kOpus;
  GstElement* source = is_audio ? audio_.get() : video_.get();
  if (has_failed_ || source == nullptr) return;
  if (has_vanished()) return fail("");
  if (!offset_)
    offset_ = std::chrono::nanoseconds(gst_element_get_current_running_time(pipeline_.get())) - unit.pts;
  GstBuffer* buffer = buffer_over(unit.bytes);
  gst::set_times(buffer, std::max(unit.pts + *offset_, std::chrono::nanoseconds(0)), GST_CLOCK_TIME_NONE);
  gst::push_buffer(pipeline_.get(), source, buffer);
  level_ = gst_app_src_get_current_level_bytes(GST_APP_SRC(video_.get()));
  measure();
}

void RtcPipeline::measure() {
  const auto now = Clock::now();
  if (!is_connected_ || now - asked_at_ < kStatisticsEvery) return;
  asked_at_ = now;
  gst::ask(webrtc_.get(), "get-stats", [this](GstPromise* promise) { on_statistics(promise); });
}

void RtcPipeline::on_statistics(GstPromise* promise) {
  if (!gst::failure_in(promise).empty()) return;
  const GstStructure* all = gst_promise_get_reply(promise);
  Reported reported;
  if (all != nullptr) gst_structure_foreach(all, add_statistics, &reported);
  rtt_ = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(reported.rtt_seconds));
  lost_packets_ = static_cast<std::uint64_t>(std::max<std::int64_t>(reported.lost, 0));
}

void RtcPipeline::on_state(GObject* webrtcbin, GParamSpec* /*spec*/, gpointer self) noexcept {
  gst::take_over(self);
  auto& pipeline = *static_cast<RtcPipeline*>(self);
  int state = 0;
  g_object_get(webrtcbin, "connection-state", &state, nullptr);
  if (state == kPeerConnected && !pipeline.is_connected_.exchange(true)) {
    pipeline.watch_for_end();
    pipeline.told_.on_connected();
  }
  if (state == kPeerFailed || state == kPeerClosed)
    pipeline.fail(pipeline.is_connected_ ? "" : pipeline.obstacle());
  gst::hand_over(self);
}

/// Watches for close_notify, since webrtcbin regards a connection that the engine has closed as open.
void RtcPipeline::watch_for_end() {
  const auto dtls = dtls_of(webrtc_.get());
  if (dtls) g_signal_connect(dtls.get(), "notify::state", G_CALLBACK(&RtcPipeline::on_dtls_state), this);
}

void RtcPipeline::on_dtls_state(GObject* dtls, GParamSpec* /*spec*/, gpointer self) noexcept {
  gst::take_over(self);
  int state = 0;
  g_object_get(dtls, "state", &state, nullptr);
  if (state == kDtlsClosed) static_cast<RtcPipeline*>(self)->fail("");
  gst::hand_over(self);
}

void RtcPipeline::on_report(GstElement* /*sessions*/, guint /*session*/, guint /*ssrc*/,
                            gpointer self) noexcept {
  gst::take_over(self);
  static_cast<RtcPipeline*>(self)->heard_at_ = Clock::now().time_since_epoch();
}

/// Whether the engine has vanished; one that has never reported is not judged.
bool RtcPipeline::has_vanished() const {
  const Duration heard_at = heard_at_;
  return heard_at != Duration{} && Clock::now().time_since_epoch() - heard_at > kMostSilence;
}

/// An engine that has lost a picture, or has a newcomer, asks for a keyframe (PLI and FIR, RFC 4585, RFC
/// 5104).
GstPadProbeReturn RtcPipeline::on_event(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer self) noexcept {
  gst::take_over(self);
  if (gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)) != FALSE)
    static_cast<RtcPipeline*>(self)->told_.on_keyframe_wanted();
  gst::hand_over(self);
  return GST_PAD_PROBE_OK;
}

void RtcPipeline::fail(std::string what) {
  if (!has_failed_.exchange(true)) told_.on_failed(std::move(what));
}

}  // namespace pixelpass::publish
