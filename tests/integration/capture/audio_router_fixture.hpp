#pragma once

#include "pixelpass/capture/audio/audio_router.hpp"

#include "audio_app.hpp"
#include "listener.hpp"
#include "private_pipewire.hpp"
#include <gtest/gtest.h>

#include <iostream>
#include <optional>
#include <utility>

namespace pixelpass::capture::test {

/// The tests' applications are in this process.
inline bool is_nobody(pid_t) {
  return false;
}

/// A capture that plays, and what it hears.
struct Capture {
  explicit Capture(AudioSettings settings = {}) : router(std::move(settings), ears.callbacks(), &is_nobody) {
    router.play();
  }
  ~Capture() {
    if (testing::Test::HasFailure())
      std::cerr << PrivatePipeWire::run({"pw-link", "-l"}) << PrivatePipeWire::run({"pw-dump"});
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  Listener ears;
  AudioRouter router;
};

class AudioRouterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivatePipeWire::missing(); !missing.empty())
      GTEST_SKIP() << "needs " << missing;
    pipewire_.emplace();
  }

  std::optional<PrivatePipeWire> pipewire_;
};

}  // namespace pixelpass::capture::test
