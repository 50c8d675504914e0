#include "pixelpass/capture/audio/audio_gate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace pixelpass::capture {
namespace {

constexpr std::array<float, 4> kBlock{};

TEST(AudioGate, LetsBlocksThroughWhileItIsOpen) {
  int passed = 0;
  Instant at;
  AudioGate gate([&](std::span<const float> block, Instant captured_at) {
    passed += static_cast<int>(block.size());
    at = captured_at;
  });
  gate.pass(kBlock, Instant(1s));
  EXPECT_EQ(passed, 0) << "it is made closed";
  gate.open();
  gate.pass(kBlock, Instant(2s));
  EXPECT_EQ(passed, 4);
  EXPECT_EQ(at, Instant(2s));
  gate.close();
  gate.pass(kBlock, Instant(3s));
  EXPECT_EQ(passed, 4);
}

TEST(AudioGate, NoBlockIsOnItsWayOnceItIsClosed) {
  std::atomic<bool> stop = false;
  bool open = false;  // written between close() and open(), read by blocks: a race if one came late
  std::atomic<int> late = 0;
  std::atomic<int> passed = 0;
  AudioGate gate([&](std::span<const float>, Instant) {
    if (!open) ++late;
    ++passed;
  });
  std::thread real_time([&] {
    while (!stop) gate.pass(kBlock, Instant());
  });
  for (int i = 0; i < 50; ++i) {
    open = true;
    const int before = passed;
    gate.open();
    while (passed == before) std::this_thread::yield();
    gate.close();
    open = false;
  }
  stop = true;
  real_time.join();
  EXPECT_EQ(late, 0);
}

}  // namespace
}  // namespace pixelpass::capture
