#include "pixelpass/gst/session_description.hpp"

#include "pixelpass/gst/glib.hpp"
#include "pixelpass/gst/hand_over.hpp"

#include <gst/sdp/gstsdpmessage.h>

#include <memory>
#include <utility>

namespace pixelpass::gst {
namespace {

constexpr const char* kOtherWays = "GST_DEBUG=webrtcbin:5 says more; srt:// does without webrtcbin";

/// GstWebRTCSessionDescription, as gst/webrtc/rtcsessiondescription.h has had it since 1.14.
struct Description {
  int type = 0;
  GstSDPMessage* sdp = nullptr;
};

struct FreeSdp {
  void operator()(GstSDPMessage* sdp) const noexcept { gst_sdp_message_free(sdp); }
};
using Sdp = std::unique_ptr<GstSDPMessage, FreeSdp>;

GType description_type() {
  return g_type_from_name("GstWebRTCSessionDescription");
}

/// Strict where it is easy: what has zeroes in it, or begins otherwise, is no SDP.
Sdp read_sdp(const std::string& text) {
  GstSDPMessage* sdp = nullptr;
  if (!text.starts_with("v=0") || text.find('\0') != text.npos) return nullptr;
  if (gst_sdp_message_new_from_text(text.c_str(), &sdp) != GST_SDP_OK) return nullptr;
  Sdp owned(sdp);
  return gst_sdp_message_medias_len(sdp) > 0 ? std::move(owned) : nullptr;
}

void on_change(GstPromise* promise, gpointer on_promise) noexcept {
  take_over(on_promise);
  (*static_cast<OnPromise*>(on_promise))(promise);
  hand_over(on_promise);
}

/// The caller's: signals keep a reference of their own.
GstPromise* promise_for(OnPromise on_promise) {
  auto* handed = new OnPromise(std::move(on_promise));
  hand_over(handed);
  return gst_promise_new_with_change_func(on_change, handed, [](gpointer owned) {
    take_over(owned);
    delete static_cast<OnPromise*>(owned);
  });
}

}  // namespace

void ask(GstElement* webrtcbin, const char* signal, OnPromise on_promise) {
  GstPromise* promise = promise_for(std::move(on_promise));
  g_signal_emit_by_name(webrtcbin, signal, nullptr, promise);
  gst_promise_unref(promise);
}

std::string failure_in(GstPromise* promise) {
  if (gst_promise_wait(promise) != GST_PROMISE_RESULT_REPLIED) return "it was given up";
  const GstStructure* reply = gst_promise_get_reply(promise);
  GError* raw = nullptr;
  if (reply == nullptr || !gst_structure_get(reply, "error", G_TYPE_ERROR, &raw, nullptr)) return {};
  const Owned<GError> error(raw);
  return error ? error->message : "no reason given";
}

Result<std::string> description_in(GstPromise* promise, const char* field) {
  if (auto failure = failure_in(promise); !failure.empty()) return Error{std::move(failure), kOtherWays};
  const GstStructure* reply = gst_promise_get_reply(promise);
  void* boxed = nullptr;
  if (reply == nullptr || !gst_structure_get(reply, field, description_type(), &boxed, nullptr))
    return Error{"webrtcbin makes no description", kOtherWays};
  const Owned<gchar> text(gst_sdp_message_as_text(static_cast<Description*>(boxed)->sdp));
  g_boxed_free(description_type(), boxed);
  return {boost::system::in_place_value, text.get()};
}

bool set_description(GstElement* webrtcbin, const char* signal, SdpKind kind, const std::string& sdp,
                     OnPromise on_promise) {
  const Sdp message = read_sdp(sdp);
  if (!message) return false;
  Description description{static_cast<int>(kind), message.get()};
  GstPromise* promise = promise_for(std::move(on_promise));
  g_signal_emit_by_name(webrtcbin, signal, &description, promise);  // copies it
  gst_promise_unref(promise);
  return true;
}

void keep_from_upnp(GstElement* webrtcbin) {
  gpointer raw = nullptr;
  g_object_get(webrtcbin, "ice-agent", &raw, nullptr);
  const Object<GObject> ice(static_cast<GObject*>(raw));
  raw = nullptr;
  if (ice && g_object_class_find_property(G_OBJECT_GET_CLASS(ice.get()), "agent") != nullptr)
    g_object_get(ice.get(), "agent", &raw, nullptr);
  const Object<GObject> agent(static_cast<GObject*>(raw));
  if (agent) g_object_set(agent.get(), "upnp", FALSE, nullptr);
}

}  // namespace pixelpass::gst
