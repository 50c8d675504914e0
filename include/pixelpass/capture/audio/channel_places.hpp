#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace pixelpass::capture {

/// The channels of our own node, before they are mixed down to two. Channels have separate Places if they are
/// heard at another level or on another side.
enum class Place : std::uint8_t { kFrontLeft, kFrontRight, kFrontCentre, kRearCentre, kSideLeft, kSideRight };
/// The channels' names as PipeWire has them, in the order of the enumeration and of our node's ports.
inline constexpr std::array<std::string_view, 6> kPlaceNames{"FL", "FR", "FC", "RC", "SL", "SR"};
inline constexpr std::size_t kPlaces = kPlaceNames.size();
/// One bit for each Place.
using Places = std::bitset<kPlaces>;
/// PipeWire's names of channels (audio.channel: "FL", "MONO", "AUX3").
using ChannelNames = std::set<std::string, std::less<>>;

/// The places in which a channel is heard; its port is the `index`th of `count`. Mono is heard on both sides
/// at full level. The low-frequency channel is left out, as in ITU-R BS.775: it repeats what the others have.
/// Channels whose names say nothing of a place alternate between left and right; a single one is mono.
/// Sans-IO.
Places places_of(std::string_view channel, std::size_t index, std::size_t count);

/// Whether a port carries what the application itself plays. PipeWire gives an application's ports the
/// speakers' layout: of stereo it makes a centre and surround channels where there are loudspeakers for them,
/// which repeat left and right (and would mix the two sides). `played`: the application's own channels;
/// empty: unknown, and all ports count. `ports`: all that it has. A channel without a port of its name (rears
/// where the speakers have sides) is carried by other ports of its kind, which count then. Sans-IO.
bool is_played(std::string_view port, const ChannelNames& ports, const ChannelNames& played);

}  // namespace pixelpass::capture
