#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace pixelpass::wire {

/// The kind of a stream, its first byte:
///   stream := kind(u8), followed by what that kind defines
/// Whoever opens a stream sends its kind; answers on the same stream begin without one. An unknown kind was
/// added by a later version: such a stream is ignored, whatever it carries.
enum class StreamKind : std::uint8_t {
  kControl = 1,  ///< bidirectional, opened by the viewer, one a connection: control.hpp
  kGroup = 2,    ///< unidirectional, opened by the host: group_stream.hpp
};
inline constexpr std::size_t kKindBytes = 1;

inline std::array<std::uint8_t, kKindBytes> encode(StreamKind kind) {
  return {static_cast<std::uint8_t>(kind)};
}

/// Nullopt: this version does not know the kind.
std::optional<StreamKind> parse_stream_kind(std::uint8_t byte);

}  // namespace pixelpass::wire
