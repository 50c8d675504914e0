#include "fuzz.hpp"
#include "traversal/network_state.hpp"

/// Whatever comes is read within its bounds, also by a state that has read something before.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  traversal::NetworkState state;
  const ByteView bytes(data, size);
  const auto first = state.apply(bytes);
  const auto second = state.apply(bytes);
  fuzz::require(first.dumped == second.dumped, "the end of a list shows, whatever is known");
  return 0;
}
