#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/publish/target.hpp"

#include <boost/system/error_code.hpp>

#include <string_view>

namespace pixelpass::publish {

/// Why an engine does not take the stream, in words for people, without credentials. Sans-IO.

Error name_not_known(const Target& target);
Error no_answer(const Target& target);
/// A socket's error.
Error socket_failed(const Target& target, const boost::system::error_code& error);
/// The kernel does not notice that the engine vanishes.
Error vanishes_unseen(const Target& target);
/// An error of srtsink's. `was_open`: the connection had been made.
Error srt_failed(const Target& target, std::string_view why, bool was_open);
/// WHIP: an HTTP exchange without an answer.
Error http_failed(const Target& target, const boost::system::error_code& error);
/// An unexpected answer.
Error http_refused(const Target& target, int status);
Error redirected_badly(const Target& target);
Error no_h264_wanted(const Target& target);
/// Its connection hangs in the libraries that it is made of. `is_last`: so many hang that the engine is
/// called again only when one of them has ended.
Error hangs_at_end(const Target& target, bool is_last);
/// `what` webrtcbin says; empty: the connection has ended, or never came about.
Error webrtc_failed(const Target& target, std::string_view what, bool was_open);

}  // namespace pixelpass::publish
