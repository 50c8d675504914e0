#pragma once

#include "pixelpass/base/error.hpp"

#include <optional>

namespace pixelpass {

/// How many threads a process that shares needs at least: ours and GStreamer's while 1 viewer watches. One
/// that watches is held to the same, for its recordings and its player.
inline constexpr unsigned kFewestThreads = 16;

/// How many threads can be started beside those that run, `most` at most: starts and ends them, since no
/// limit of users, control groups or memory says how much of it is left. pthread_create(3), EAGAIN.
unsigned startable_threads(unsigned most);

/// Whoever lacks a thread ends in the middle, or waits for ever for what that thread was to do. Nullopt:
/// `startable` are enough.
std::optional<Error> too_few_threads(unsigned startable);

}  // namespace pixelpass
