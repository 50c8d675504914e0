#include "publish/refusals.hpp"

#include "pixelpass/base/clean_text.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>

namespace pixelpass::publish {
namespace {

namespace errc = boost::system::errc;

/// Words of SRT's in GStreamer's message, and what people are told for them.
struct SrtWords {
  std::string_view words;
  std::string_view what;
  std::string_view hint;
};
constexpr const char* kPassphraseHint = "give the engine's own: srt://…?passphrase=…";
constexpr const char* kStreamIdHint =
    "check its streamid: MediaMTX wants ?streamid=publish:PATH, with a user publish:PATH:USER:PASS";
/// For an engine that was never reached: how SRT reports a refusal whose reason came too soon for it.
constexpr SrtWords kRefusedUnsaid{"", "it has refused the connection, or broken it off",
                                  "check the passphrase and the streamid; the engine's log says more"};
constexpr std::string_view kEnded = "it has ended the connection";
constexpr std::array<SrtWords, 9> kSrtWords{{
    {"Incorrect passphrase", "it has another passphrase", kPassphraseHint},
    {"Password required or unexpected", "one side has a passphrase, the other has none", kPassphraseHint},
    {"rejected by peer", "it does not take this stream", kStreamIdHint},
    {"Application-defined rejection reason", "it does not take this stream", kStreamIdHint},
    {"Rejected by", "it does not take this stream", kStreamIdHint},
    {"timeout", "no answer",
     "check that the engine runs and listens for SRT, its port (UDP), and the network"},
    {"broken or closed", kEnded, "it is called again"},
    {"Unknown or erroneous", kEnded, "it is called again"},
    {"Connection was broken", kEnded, "it is called again"},
}};

struct StatusWords {
  int status;
  std::string_view what;
  std::string_view hint;
};
constexpr const char* kTokenHint = "give it in front of the host: https://TOKEN@HOST/… or USER:PASSWORD@";
constexpr const char* kPathHint = "check the path; MediaMTX: https://HOST:8889/NAME/whip";
constexpr std::array<StatusWords, 12> kStatusWords{{
    {400, "it does not understand the offer", "look into the engine's log"},
    {401, "it wants a token or a password, or another one", kTokenHint},
    {403, "it does not let this user publish, or somebody publishes there already",
     "check the token in front of the host (https://TOKEN@HOST/… or USER:PASSWORD@), and who else publishes"},
    {404, "there is nothing at this path", kPathHint},
    {405, "this path takes no streams", kPathHint},
    {406, "it takes no H.264", "allow H.264 there"},
    {409, "somebody else publishes there", "end that, or choose another path"},
    {410, "there is nothing at this path any more", kPathHint},
    {415, "this path takes no WHIP", kPathHint},
    {422, "it takes no such offer", "allow H.264 and Opus there"},
    {429, "it is asked too often", "it is called again"},
    {503, "it cannot take a stream now", "it is called again"},
}};

std::string said_of(const Target& target, std::string_view what) {
  return target.to_string() + " gets no stream: " + std::string(what);
}

}  // namespace

Error name_not_known(const Target& target) {
  return {said_of(target, "the name is not known"), "check it, and the network"};
}

Error no_answer(const Target& target) {
  return {said_of(target, "no answer"), "check that the engine runs, its port, and the firewalls between"};
}

Error socket_failed(const Target& target, const boost::system::error_code& failure) {
  if (failure == errc::connection_refused)
    return {said_of(target, "nothing listens there"), "start the engine, and check its port"};
  if (failure == errc::timed_out) return no_answer(target);
  if (failure == errc::connection_reset || failure == errc::broken_pipe)
    return {said_of(target, "it has ended the connection"), "it is called again"};
  return {said_of(target, failure.message()), "check the network"};
}

Error vanishes_unseen(const Target& target) {
  return {
      target.to_string() + " may vanish unseen for a quarter of an hour: this kernel has no TCP_USER_TIMEOUT",
      "look at the engine when nothing arrives"};
}

Error srt_failed(const Target& target, std::string_view why, bool was_open) {
  const auto* known =
      std::ranges::find_if(kSrtWords, [&](const SrtWords& one) { return why.find(one.words) != why.npos; });
  if (known != kSrtWords.end() && known->what == kEnded && !was_open) known = &kRefusedUnsaid;
  if (known != kSrtWords.end()) return {said_of(target, known->what), std::string(known->hint)};
  return {said_of(target, clean_text(std::string(why))), "look into the engine's log"};
}

Error http_failed(const Target& target, const boost::system::error_code& failure) {
  namespace http = boost::beast::http;
  if (failure == http::error::body_limit || failure == http::error::header_limit ||
      failure == http::error::buffer_overflow)
    return {said_of(target, "its answer is far too long for one"), kPathHint};
  if (failure == http::error::end_of_stream || failure == http::error::partial_message)
    return {said_of(target, "it has ended the connection without an answer"), "look into the engine's log"};
  if (failure.category() == make_error_code(http::error::bad_version).category())
    return {said_of(target, "what answers there does not speak HTTP"), "check its port"};
  if (std::string_view(failure.category().name()).find("ssl") != std::string_view::npos)
    return {said_of(target, "what answers there does not speak TLS with us"),
            "check its port, and whether http:// is meant"};
  return socket_failed(target, failure);
}

Error http_refused(const Target& target, int status) {
  const auto* known = std::ranges::find(kStatusWords, status, &StatusWords::status);
  if (known != kStatusWords.end()) return {said_of(target, known->what), std::string(known->hint)};
  const auto number = std::to_string(status);
  constexpr int kServersFault = 500;
  if (status >= kServersFault)
    return {said_of(target, "it has failed itself (HTTP " + number + ")"), "look into the engine's log"};
  return {said_of(target, "it answers with HTTP " + number), kPathHint};
}

Error redirected_badly(const Target& target) {
  return {said_of(target, "it names another place that is none to go to, or too many"),
          "give the address where it is"};
}

Error no_h264_wanted(const Target& target) {
  return {said_of(target, "its answer takes no picture"), "allow H.264 there"};
}

Error webrtc_failed(const Target& target, std::string_view what, bool was_open) {
  if (was_open) return {said_of(target, "it has ended the connection"), "it is called again"};
  if (!what.empty()) return {said_of(target, clean_text(std::string(what))), "look into the engine's log"};
  return {said_of(target, "no way for the media"),
          "check which ports and addresses it has for WebRTC (MediaMTX: 8189/UDP, webrtcAdditionalHosts)"};
}

Error hangs_at_end(const Target& target, bool is_last) {
  const std::string library = target.protocol == Protocol::kSrt ? "srtsink" : "webrtcbin";
  return {"a connection to " + target.to_string() + " does not end: it hangs in GStreamer's " + library +
              (is_last ? "; it is left behind, and none is made until one that was has ended"
                       : "; it is left behind"),
          "if that happens again, update GStreamer"};
}

}  // namespace pixelpass::publish
