#include "fuzz.hpp"
#include "web/rtcp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using namespace pixelpass::web;
  const ByteView bytes(data, size);
  const auto messages = read_rtcp(bytes);
  fuzz::require(messages.size() <= size / 4, "each message has bytes of its own");
  for (const auto& message : messages)
    if (const auto* nack = std::get_if<Nack>(&message))
      fuzz::require(nack->sequences.size() <= kMaxNacked, "what is asked for is bounded");
  return 0;
}
