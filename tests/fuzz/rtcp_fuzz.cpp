#include "fuzz.hpp"
#include "web/rtcp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using namespace pixelpass::web;
  const ByteView bytes(data, size);
  const auto messages = read_rtcp(bytes);
  fuzz::require(messages.size() <= size / 4, "each message has bytes of its own");
  std::size_t arrivals = 0;
  for (const auto& message : messages) {
    if (const auto* nack = std::get_if<Nack>(&message))
      fuzz::require(nack->sequences.size() <= kMaxNacked, "what is asked for is bounded");
    const auto* feedback = std::get_if<TransportFeedback>(&message);
    if (!feedback) continue;
    arrivals += feedback->arrivals.size();
    for (const auto& arrival : feedback->arrivals)
      fuzz::require(static_cast<std::uint16_t>(arrival.sequence - feedback->base) < feedback->count,
                    "it speaks of no other packet");
  }
  fuzz::require(arrivals <= size, "each arrival has a byte of its own");
  return 0;
}
