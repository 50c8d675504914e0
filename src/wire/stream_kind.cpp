#include "pixelpass/wire/stream_kind.hpp"

namespace pixelpass::wire {

std::optional<StreamKind> parse_stream_kind(std::uint8_t byte) {
  switch (const auto kind = static_cast<StreamKind>(byte); kind) {
    case StreamKind::kControl:
    case StreamKind::kGroup:
      return kind;
  }
  return std::nullopt;
}

}  // namespace pixelpass::wire
