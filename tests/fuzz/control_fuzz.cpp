#include "pixelpass/wire/control.hpp"

#include "fuzz.hpp"

namespace pixelpass::wire {
namespace {

using Status = ControlReader::Status;

struct Outcome {
  Status status = Status::kOk;
  std::vector<ControlMessage> messages;
  std::size_t unknown = 0;
};

Outcome read_whole(ByteView bytes) {
  Outcome outcome;
  ControlReader reader;
  outcome.status = reader.feed(bytes, outcome.messages);
  outcome.unknown = reader.take_unknown();
  return outcome;
}

Outcome read_in_pieces(ByteView bytes, std::uint8_t seed) {
  Outcome outcome;
  ControlReader reader;
  fuzz::in_pieces(bytes, seed, [&](ByteView piece) {
    outcome.status = reader.feed(piece, outcome.messages);
    return outcome.status == Status::kOk;
  });
  outcome.unknown = reader.take_unknown();
  return outcome;
}

/// In their encoded form, which is what can be compared.
std::vector<Bytes> encoded(const std::vector<ControlMessage>& messages) {
  std::vector<Bytes> all;
  for (const auto& message : messages) all.push_back(encode(message));
  return all;
}

void require_round_trip(const ControlMessage& message) {
  const auto bytes = encode(message);
  const auto again = read_whole(bytes);
  fuzz::require(again.status == Status::kOk && again.messages.size() == 1, "what we send is read");
  fuzz::require(encode(again.messages[0]) == bytes, "a message that was read is sent as it was");
}

}  // namespace
}  // namespace pixelpass::wire

/// The first byte decides where the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  if (size == 0) return 0;
  const auto stream = ByteView(data, size).subspan(1);
  const auto whole = wire::read_whole(stream);
  const auto pieces = wire::read_in_pieces(stream, data[0]);
  fuzz::require(whole.status == pieces.status, "the outcome does not depend on the cuts");
  fuzz::require(whole.unknown == pieces.unknown, "nor does what is not known");
  fuzz::require(wire::encoded(whole.messages) == wire::encoded(pieces.messages), "nor do the messages");
  for (const auto& message : whole.messages) wire::require_round_trip(message);
  return 0;
}
