#include "pixelpass/traversal/turn_client.hpp"

#include "fuzz.hpp"

namespace pixelpass::traversal {
namespace {

struct Outcome {
  bool is_good = true;
  std::vector<Bytes> messages;
};

Outcome read_in_pieces_of_turn(ByteView bytes, std::uint8_t seed) {
  Outcome outcome;
  TurnStreamReader reader;
  fuzz::in_pieces(bytes, seed, [&](ByteView piece) {
    outcome.is_good = reader.feed(piece, outcome.messages);
    return outcome.is_good;
  });
  return outcome;
}

}  // namespace
}  // namespace pixelpass::traversal

/// The first byte decides where the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  if (size == 0) return 0;
  const auto stream = ByteView(data, size).subspan(1);
  traversal::Outcome whole;
  traversal::TurnStreamReader reader;
  whole.is_good = reader.feed(stream, whole.messages);
  const auto pieces = traversal::read_in_pieces_of_turn(stream, data[0]);
  fuzz::require(whole.is_good == pieces.is_good, "the outcome does not depend on the cuts");
  fuzz::require(whole.messages == pieces.messages, "nor do the messages");
  std::size_t total = 0;
  for (const auto& message : whole.messages) total += message.size();
  fuzz::require(total <= stream.size(), "nothing is made up");
  return 0;
}
