#include "encode/audio_track_choice.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::encode {
namespace {

/// Until a track that could not be decoded is tried again.
constexpr Duration kFirstPause = std::chrono::seconds(5);
constexpr Duration kLongestPause = std::chrono::minutes(5);

}  // namespace

void AudioTrackChoice::set_tracks(std::vector<mpegts::ElementaryTrack> tracks) {
  tracks_ = std::move(tracks);
  failed_.clear();
}

const AudioTrackChoice::Failed* AudioTrackChoice::failed(const mpegts::ElementaryTrack& track) const {
  const auto found = std::ranges::find(failed_, track, &Failed::track);
  return found != failed_.end() ? &*found : nullptr;
}

const mpegts::ElementaryTrack* AudioTrackChoice::choose(Instant now,
                                                        const mpegts::ElementaryTrack* playing) const {
  const mpegts::ElementaryTrack* again = nullptr;
  for (const auto& track : tracks_) {
    const auto* before = failed(track);
    if (before == nullptr) return &track;
    const bool plays = playing != nullptr && track == *playing;
    if (plays || (again == nullptr && now >= before->retry_at)) again = &track;
  }
  return again;
}

bool AudioTrackChoice::on_failed(const mpegts::ElementaryTrack& track, Instant now) {
  auto found = std::ranges::find(failed_, track, &Failed::track);
  if (found == failed_.end()) found = failed_.insert(found, {track, Backoff(kFirstPause, kLongestPause), {}});
  found->retry_at = now + found->pause.on_failed();
  return std::ranges::any_of(tracks_, [this](const auto& other) { return failed(other) == nullptr; });
}

}  // namespace pixelpass::encode
