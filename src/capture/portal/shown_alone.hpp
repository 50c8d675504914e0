#pragma once

#include "capture/portal/portal_session.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

namespace pixelpass::capture {

/// Which source is shown alone, also in the sessions that follow: a number is a place there, and monitors
/// change places. Where the source is missing nothing is shown, since the user excluded the others. Sans-IO.
/// Thread: one at a time.
class ShownAlone {
 public:
  /// The place of a missing source: beyond all others.
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  /// The user's choice, from 1 on; 0: all.
  void show(int number);
  /// The sources of a session, or of the one that replaces it.
  void on_session(const PortalStreams& streams);
  /// From 1 on, or as it was chosen while the source is missing; 0: all.
  [[nodiscard]] int number() const { return number_; }
  /// Its place among the sources; nullopt: all are shown.
  [[nodiscard]] std::optional<std::size_t> place() const;
  [[nodiscard]] bool is_missing() const { return is_missing_; }

 private:
  [[nodiscard]] std::optional<int> find(const PortalStreams& streams) const;

  PortalStreams streams_;
  int number_ = 0;
  std::string id_;         ///< of the source; empty: the portal gives none
  std::size_t among_ = 0;  ///< so many sources
  bool is_missing_ = false;
};

}  // namespace pixelpass::capture
