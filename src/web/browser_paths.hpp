#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/path.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// The paths that a browser's checks came over. All that comes may be a copy, and who has the keys may still
/// forge where it is from: until the browser has shown that it hears what is sent over a path, that is at
/// most three times what came (as RFC 9000 sections 8.1 and 8.2). Sans-IO.
class BrowserPaths {
 public:
  static constexpr std::size_t kMost = 8;
  static constexpr std::size_t kAmplification = 3;
  /// So many things that nobody could guess have to be given back.
  static constexpr int kEchoes = 2;

  /// A valid check has come, or what is as good as one. Where there are too many, the one that was checked
  /// the longest ago goes, but for `keep`.
  void on_check(const net::Path& path, bool nominates, Instant now, const std::optional<net::Path>& keep);
  [[nodiscard]] bool knows(const net::Path& path) const { return find(path) != nullptr; }
  /// The epoch: never.
  [[nodiscard]] Instant checked_at(const net::Path& path) const;
  /// The browser wants it to be used.
  [[nodiscard]] bool is_nominated(const net::Path& path) const;

  void on_heard(const net::Path& path, std::size_t bytes);
  /// The browser has heard something over it that nobody could guess; a handshake is enough by itself.
  void on_echo(const net::Path& path);
  void on_proven(const net::Path& path);
  /// It is to be shown anew. What was heard and said before does not count.
  void doubt(const net::Path& path);
  [[nodiscard]] bool is_proven(const net::Path& path) const;
  /// What may be sent over it now where it is not proven, at `amplification` times what came.
  [[nodiscard]] std::size_t budget(const net::Path& path, std::size_t amplification = kAmplification) const;
  void on_said(const net::Path& path, std::size_t bytes);

 private:
  struct Known {
    net::Path path;
    Instant checked_at;
    bool is_nominated = false;
    bool is_proven = false;
    int echoes = 0;
    std::size_t heard_bytes = 0;
    std::size_t said_bytes = 0;
  };

  [[nodiscard]] const Known* find(const net::Path& path) const;
  Known* find(const net::Path& path);

  std::vector<Known> known_;
};

}  // namespace pixelpass::web
