#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace pixelpass::playback {

/// mpv's answer to a command with this request_id.
struct MpvAnswer {
  std::int64_t request = 0;
  std::optional<double> number;  ///< the data, if it is a finite number
  std::optional<bool> flag;      ///< the data, if it is a boolean
};
/// A warning in mpv's log that its sound device ran dry.
struct MpvUnderrun {};
using MpvMessage = std::variant<MpvAnswer, MpvUnderrun>;

/// Parses mpv's side of its JSON IPC (mpv(1), "JSON IPC": an object a line). Everything else than these two
/// is left out, as are lines that are not JSON or longer than kMaxLineBytes. Sans-IO; throws nothing on any
/// input.
class MpvMessages {
 public:
  static constexpr std::size_t kMaxLineBytes = 16 << 10;

  void feed(std::string_view bytes, const std::function<void(const MpvMessage&)>& on_message);

 private:
  std::string line_;       ///< what has come of it
  bool too_long_ = false;  ///< the rest of this line is not wanted
};

}  // namespace pixelpass::playback
