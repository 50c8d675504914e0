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

/// The channels of our own node, before they are brought down to two: what is told apart is what is heard at
/// another loudness or on another side.
enum class Place : std::uint8_t { kFrontLeft, kFrontRight, kFrontCentre, kRearCentre, kSideLeft, kSideRight };
/// The channels' names as PipeWire has them, in the order of the enumeration and of our node's ports.
inline constexpr std::array<std::string_view, 6> kPlaceNames{"FL", "FR", "FC", "RC", "SL", "SR"};
inline constexpr std::size_t kPlaces = kPlaceNames.size();
/// A bit a place.
using Places = std::bitset<kPlaces>;
/// PipeWire's names of channels (audio.channel: "FL", "MONO", "AUX3").
using ChannelNames = std::set<std::string, std::less<>>;

/// The places in which a channel is heard; its port is the `index`th of `count`. Mono is heard on both sides
/// as loud as it is. Low frequency effects go nowhere, as in ITU-R BS.775: they repeat what the others have.
/// Channels that say nothing of a place alternate between left and right; a single one is mono. Sans-IO.
Places places_of(std::string_view channel, std::size_t index, std::size_t count);

/// Whether what comes out of a port is what the application plays. PipeWire makes an application's ports like
/// those of the speakers: of stereo it makes a centre and surround sound where there are loudspeakers for
/// them, which repeat left and right (and would bring each to the other side). `played`: the application's
/// own channels, empty: not known, all are taken. `ports`: all that it has. A channel that has no port of its
/// name (rears where the speakers have sides) is in other ports of its kind, which are taken then. Sans-IO.
bool is_played(std::string_view port, const ChannelNames& ports, const ChannelNames& played);

}  // namespace pixelpass::capture
