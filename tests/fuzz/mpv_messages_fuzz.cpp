#include "fuzz.hpp"
#include "playback/mpv_messages.hpp"

#include <cmath>
#include <vector>

using namespace pixelpass;
using fuzz::require;

namespace {

struct Outcome {
  std::size_t underruns = 0;
  std::vector<std::int64_t> answered;

  bool operator==(const Outcome&) const = default;
};

class Reader {
 public:
  void feed(ByteView bytes) {
    messages_.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                   [this](const playback::MpvMessage& message) { on_message(message); });
  }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

 private:
  void on_message(const playback::MpvMessage& message) {
    const auto* answer = std::get_if<playback::MpvAnswer>(&message);
    if (answer == nullptr) {
      ++outcome_.underruns;
      return;
    }
    require(!answer->number || std::isfinite(*answer->number), "a number is one");
    outcome_.answered.push_back(answer->request);
  }

  playback::MpvMessages messages_;
  Outcome outcome_;
};

}  // namespace

/// Any bytes: nothing is thrown, and it does not matter in which pieces they come.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  Reader whole, pieces;
  whole.feed(bytes);
  fuzz::in_pieces(bytes, static_cast<std::uint8_t>(size), [&pieces](ByteView piece) {
    pieces.feed(piece);
    return true;
  });
  require(whole.outcome() == pieces.outcome(), "pieces make no difference");
  return 0;
}
