#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace pixelpass::wire {

/// What is spoken on a stream:
///   stream := kind(u8) what that kind says
/// Whoever opens a stream says its kind; answers on the same stream begin without one. A kind that is not
/// known was added by a later version: such a stream is ignored, whatever is on it.
enum class StreamKind : std::uint8_t {
  kControl = 1,  ///< bidirectional, opened by the viewer, one a connection: control.hpp
  kGroup = 2,    ///< unidirectional, opened by the host: group_stream.hpp
};
inline constexpr std::size_t kKindBytes = 1;

inline std::array<std::uint8_t, kKindBytes> encode(StreamKind kind) {
  return {static_cast<std::uint8_t>(kind)};
}

/// Nullopt: a kind that this version does not know.
std::optional<StreamKind> parse_stream_kind(std::uint8_t byte);

}  // namespace pixelpass::wire
