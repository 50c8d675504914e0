#pragma once

#include "pixelpass/base/error.hpp"

#include <optional>
#include <string>
#include <system_error>

namespace pixelpass {

/// The threads that a process which shares needs at least: ours and GStreamer's while 1 viewer watches. One
/// that watches needs no more, with its recordings and its player.
inline constexpr unsigned kFewestThreads = 16;

/// How many more threads can be started, `most` at most: starts and ends them, since no limit of users,
/// control groups or memory tells what is left. pthread_create(3), EAGAIN.
unsigned startable_threads(unsigned most);

/// The error for too few threads: a process that cannot start one ends in the middle, or waits for ever.
/// Nullopt: `startable` are enough.
std::optional<Error> too_few_threads(unsigned startable);

/// Of a thread that is needed while running: "no thread can be started that chooses another screen: Resource
/// temporarily unavailable".
Error no_thread(const std::string& that_does, const std::system_error& why);

}  // namespace pixelpass
