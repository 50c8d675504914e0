#include "pixelpass/capture/audio/channel_places.hpp"

#include <algorithm>
#include <charconv>

namespace pixelpass::capture {
namespace {

Places place(Place one) {
  return Places{}.set(static_cast<std::size_t>(one));
}

const Places kNowhere;
const Places kLeft = place(Place::kFrontLeft);
const Places kRight = place(Place::kFrontRight);
const Places kBoth = kLeft | kRight;

struct Named {
  Places places;
  std::set<std::string_view> channels;
};

// Names by spa/param/audio/type-info.h. Channels above the listener are heard like those around them.
const std::array<Named, 8> kNamed{{
    {kLeft, {"FL", "FLC", "FLW", "FLH"}},
    {kRight, {"FR", "FRC", "FRW", "FRH"}},
    {place(Place::kFrontCentre), {"FC", "FCH", "TC", "TFC", "BC"}},
    {place(Place::kRearCentre), {"RC", "TRC"}},
    {place(Place::kSideLeft), {"SL", "RL", "RLC", "TFL", "TRL", "TSL", "TFLC", "BLC"}},
    {place(Place::kSideRight), {"SR", "RR", "RRC", "TFR", "TRR", "TSR", "TFRC", "BRC"}},
    {kBoth, {"MONO"}},
    {kNowhere, {"LFE", "LFE2", "LLFE", "RLFE"}},
}};

/// The number in a name such as "AUX7"; for any other name, the port's index.
std::size_t number_of(std::string_view channel, std::size_t index) {
  constexpr std::string_view kPrefix = "AUX";
  if (channel.starts_with(kPrefix))
    std::from_chars(channel.data() + kPrefix.size(), channel.data() + channel.size(), index);
  return index;
}

const Named* find(std::string_view channel) {
  const auto* const found =
      std::ranges::find_if(kNamed, [&](const Named& named) { return named.channels.contains(channel); });
  return found == kNamed.end() ? nullptr : found;
}

bool is_surround(std::string_view channel) {
  const Named* named = find(channel);
  const Places around = place(Place::kRearCentre) | place(Place::kSideLeft) | place(Place::kSideRight);
  return named != nullptr && (named->places & around).any();
}

bool is_heard(std::string_view channel) {
  const Named* named = find(channel);
  return named == nullptr || named->places.any();
}

}  // namespace

Places places_of(std::string_view channel, std::size_t index, std::size_t count) {
  const Named* named = find(channel);
  if (named != nullptr) {
    // A centre channel without side channels is mono under another name.
    const bool alone = count == 1 && named->places == place(Place::kFrontCentre);
    return alone ? kBoth : named->places;
  }
  if (count == 1) return kBoth;
  return number_of(channel, index) % 2 == 0 ? kLeft : kRight;
}

bool is_played(std::string_view port, const ChannelNames& ports, const ChannelNames& played) {
  if (played.empty() || played.contains(port)) return true;
  return std::ranges::any_of(played, [&](const std::string& channel) {
    if (ports.contains(channel) || !is_heard(channel)) return false;
    // PipeWire turns mono into left, right and centre, each with the full signal.
    if (channel == "MONO" && ports.contains("FL")) return port == "FL" || port == "FR";
    return is_surround(channel) == is_surround(port);
  });
}

}  // namespace pixelpass::capture
