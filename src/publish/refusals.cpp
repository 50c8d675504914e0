#include "publish/refusals.hpp"

#include "pixelpass/base/clean_text.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>

namespace pixelpass::publish {
namespace {

namespace errc = boost::system::errc;

/// GStreamer's words, and SRT's within them.
struct SrtWords {
  std::string_view words;
  std::string_view what;
  std::string_view hint;
};
constexpr const char* kPassphraseHint = "give the engine's own: srt://…?passphrase=…";
constexpr const char* kStreamIdHint =
    "check its streamid: MediaMTX wants ?streamid=publish:PATH, with a user publish:PATH:USER:PASS";
constexpr std::array<SrtWords, 9> kSrtWords{{
    {"Incorrect passphrase", "it has another passphrase", kPassphraseHint},
    {"Password required or unexpected", "one side has a passphrase, the other has none", kPassphraseHint},
    {"rejected by peer", "it does not take this stream", kStreamIdHint},
    {"Application-defined rejection reason", "it does not take this stream", kStreamIdHint},
    {"Rejected by", "it does not take this stream", kStreamIdHint},
    {"timeout", "no answer",
     "check that the engine runs and listens for SRT, its port (UDP), and the network"},
    {"broken or closed", "it has ended the connection", "it is called again"},
    {"Unknown or erroneous", "it has ended the connection", "it is called again"},
    {"Connection was broken", "it has ended the connection", "it is called again"},
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

Error srt_failed(const Target& target, std::string_view why) {
  const auto* known =
      std::ranges::find_if(kSrtWords, [&](const SrtWords& one) { return why.find(one.words) != why.npos; });
  if (known != kSrtWords.end()) return {said_of(target, known->what), std::string(known->hint)};
  return {said_of(target, clean_text(std::string(why))), "look into the engine's log"};
}

}  // namespace pixelpass::publish
