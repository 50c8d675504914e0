#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/gst.hpp"

#include <functional>
#include <string>

namespace pixelpass::gst {

/// webrtcbin's session descriptions as text (SDP, RFC 8866). Their type belongs to libgstwebrtc, which is
/// there where webrtcbin is. It is looked up by name at run time, and nothing is linked: the program starts
/// without webrtcbin, and is built without the library's headers, whose package depends on OpenCV on Debian.
/// Thread: any.
enum class SdpKind : int { kOffer = 1, kAnswer = 3 };  ///< GstWebRTCSDPType

/// Called with the result of a webrtcbin call. Comes on webrtcbin's thread, once; it must not throw.
using OnPromise = std::function<void(GstPromise*)>;

/// Emits a signal of webrtcbin's that answers with a promise ("create-offer", "create-answer", "get-stats"),
/// without its options.
void ask(GstElement* webrtcbin, const char* signal, OnPromise on_promise);

/// The description that an answered promise has under `field` ("offer"), or why it has none.
Result<std::string> description_in(GstPromise* promise, const char* field);

/// Why what was promised did not come about; empty: it did.
std::string failure_in(GstPromise* promise);

/// Calls webrtcbin's `signal` ("set-remote-description") with it. False: that is no SDP, and nothing comes.
bool set_description(GstElement* webrtcbin, const char* signal, SdpKind kind, const std::string& sdp,
                     OnPromise on_promise);

/// Keeps webrtcbin's ICE (libnice) from asking the router for ports: we open ports ourselves, if the user
/// wants that. To be called before it plays.
void keep_from_upnp(GstElement* webrtcbin);

}  // namespace pixelpass::gst
