#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/publish/target.hpp"

#include <boost/system/error_code.hpp>

#include <string_view>

namespace pixelpass::publish {

/// Why an engine does not take the stream, in words for people, without what lets anybody in. Sans-IO.

Error name_not_known(const Target& target);
Error no_answer(const Target& target);
/// A socket's.
Error socket_failed(const Target& target, const boost::system::error_code& error);
/// The kernel does not watch over the connection.
Error vanishes_unseen(const Target& target);
/// What srtsink says of its connection.
Error srt_failed(const Target& target, std::string_view why);

}  // namespace pixelpass::publish
