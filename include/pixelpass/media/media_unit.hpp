#pragma once

#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/media/frame.hpp"

#include <variant>

namespace pixelpass {

/// What a source gives: an encoder's access unit, or a frame of a stream that came as MPEG-TS.
///
/// Such a stream is passed through as its muxer made it: rewriting would lose what we do not know (other
/// codecs, captions, its own clock). So it has a type of its own, not a kind of access unit, whose readers
/// could not read it. It is one variant, not two callbacks, since both cross at one place, under one cap and
/// in one order. A source gives only one of the two, except for the sound of a stream that is passed through,
/// which browsers get as Opus.
using MediaUnit = std::variant<AccessUnit, Frame>;

inline std::size_t byte_count(const MediaUnit& unit) {
  return std::visit([](const auto& either) { return either.bytes.size(); }, unit);
}
inline Instant captured_at(const MediaUnit& unit) {
  return std::visit([](const auto& either) { return either.captured_at; }, unit);
}
/// Whoever has nothing before it can begin with it.
inline bool is_keyframe(const MediaUnit& unit) {
  return std::visit([](const auto& either) { return either.keyframe; }, unit);
}
/// Something before it was left out.
inline void mark_gap(MediaUnit& unit) {
  std::visit([](auto& either) { either.after_gap = true; }, unit);
}

}  // namespace pixelpass
