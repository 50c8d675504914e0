#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace pixelpass::sim {

struct ShownPicture {
  Bytes bytes;  ///< annex B, start codes of four bytes
  std::uint32_t timestamp = 0;
  Instant shown_at;
};

/// Puts H.264 together from RTP payloads (RFC 6184), in order; what stays away for too long makes it wait for
/// a keyframe.
class PictureAssembler {
 public:
  void on_packet(std::uint16_t sequence, std::uint32_t timestamp, bool marker, Bytes payload, Instant now);
  /// To be asked for now.
  [[nodiscard]] std::vector<std::uint16_t> missing(Instant now);
  /// Nothing can be shown without one. Says so once a second.
  [[nodiscard]] bool needs_keyframe(Instant now);
  [[nodiscard]] const std::vector<ShownPicture>& pictures() const { return pictures_; }
  /// Of all packets; nullopt: none has come.
  [[nodiscard]] std::optional<std::uint64_t> newest() const { return newest_; }
  [[nodiscard]] std::uint32_t lost() const;

  bool keeps = true;  ///< all pictures; else the newest alone

 private:
  struct Piece {
    std::uint32_t timestamp = 0;
    bool marker = false;
    Bytes payload;
  };
  [[nodiscard]] std::uint64_t index_of(std::uint16_t sequence) const;
  void begin_at_keyframe();
  void show_complete(Instant now);
  void give_up(Instant now);
  static void append(Bytes& picture, const Bytes& payload);

  std::map<std::uint64_t, Piece> pieces_;
  std::map<std::uint64_t, Instant> asked_;
  std::optional<std::uint64_t> first_;
  std::optional<std::uint64_t> newest_;
  std::optional<std::uint64_t> next_;  ///< to be shown; none: waits for a keyframe
  Instant next_since_{};
  Instant asked_keyframe_at_{};
  std::uint64_t received_ = 0;
  std::vector<ShownPicture> pictures_;
};

}  // namespace pixelpass::sim
