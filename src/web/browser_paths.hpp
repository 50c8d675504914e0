#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/path.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// The paths over which a browser's checks came. Every datagram may be a copy, and even a holder of the keys
/// may forge its source address. So until the browser has shown that it hears us over a path, at most three
/// times the bytes that came are sent there (as in RFC 9000 sections 8.1 and 8.2). Sans-IO.
class BrowserPaths {
 public:
  static constexpr std::size_t kMost = 8;
  static constexpr std::size_t kAmplification = 3;
  /// How many unguessable values have to be echoed.
  static constexpr int kEchoes = 2;

  /// A valid check, or an equivalent, has come. Where there are too many paths, the one whose last check is
  /// the oldest is dropped, but not `keep`.
  void on_check(const net::Path& path, bool nominates, Instant now, const std::optional<net::Path>& keep);
  [[nodiscard]] bool knows(const net::Path& path) const { return find(path) != nullptr; }
  [[nodiscard]] std::vector<net::Path> all() const;
  /// Grows whenever the set of known paths changes.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// When the path was last checked; the epoch: never.
  [[nodiscard]] Instant checked_at(const net::Path& path) const;
  /// Whether the browser has nominated the path.
  [[nodiscard]] bool is_nominated(const net::Path& path) const;

  void on_heard(const net::Path& path, std::size_t bytes);
  /// The browser has echoed something unguessable that was sent over the path; a handshake is enough by
  /// itself.
  void on_echo(const net::Path& path);
  void on_proven(const net::Path& path);
  /// Requires a new proof for the path. What was received and sent before does not count.
  void doubt(const net::Path& path);
  [[nodiscard]] bool is_proven(const net::Path& path) const;
  /// What may be sent now over an unproven path: `amplification` times what came.
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
  std::uint64_t changes_ = 0;
};

}  // namespace pixelpass::web
