#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/path.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// The paths that a browser's checks came over. A check may be a copy, sent from an address that is not its
/// sender's: until something authentic has come over a path, what is sent there is at most three times what
/// came (as RFC 9000 section 8.1). Sans-IO.
class BrowserPaths {
 public:
  static constexpr std::size_t kMost = 8;
  static constexpr std::size_t kAmplification = 3;

  /// A valid check has come. Where there are too many, the one that was checked the longest ago goes, but for
  /// `keep`.
  void on_check(const net::Path& path, bool nominates, Instant now, const std::optional<net::Path>& keep);
  [[nodiscard]] bool knows(const net::Path& path) const { return find(path) != nullptr; }
  /// The epoch: never.
  [[nodiscard]] Instant checked_at(const net::Path& path) const;
  /// The browser wants it to be used.
  [[nodiscard]] bool is_nominated(const net::Path& path) const;

  void on_heard(const net::Path& path, std::size_t bytes);
  void on_proven(const net::Path& path);
  /// Counts them, if they may be sent.
  bool take_budget(const net::Path& path, std::size_t bytes);

 private:
  struct Known {
    net::Path path;
    Instant checked_at;
    bool is_nominated = false;
    bool is_proven = false;
    std::size_t heard_bytes = 0;
    std::size_t said_bytes = 0;
  };

  [[nodiscard]] const Known* find(const net::Path& path) const;
  Known* find(const net::Path& path);

  std::vector<Known> known_;
};

}  // namespace pixelpass::web
