#pragma once

#include "pixelpass/net/path.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::web {

class Session;

/// What a session is found by, without a look at the others: its user name, the paths that it knows, the host
/// that it is at. Trees, not hashes: names and addresses are of strangers' choice. Sessions are not owned.
/// Sans-IO. Thread: network.
class SessionIndex {
 public:
  /// What a session derives from.
  class Entry {
    friend SessionIndex;
    std::vector<net::Path> paths_;
    std::uint64_t changes_ = 0;       // of its paths, that are in here
    std::optional<net::Path> place_;  // its path, as it was then
  };

  /// Found by its user name from now on, in place of an earlier one of that name.
  void add(Session& session);
  /// Its paths may be others by now.
  void update(Session& session);
  /// Has to be called before it is destroyed.
  void remove(Session& session);

  /// Null: nobody has this name.
  [[nodiscard]] Session* find(std::string_view user_name) const;
  /// Those that know this path; who has learned it first comes first. Valid until the next change of this
  /// index.
  [[nodiscard]] const std::vector<Session*>& knowing(const net::Path& path) const {
    return at(knowing_, path);
  }
  /// Those whose own path is to the same host, at whatever port. Valid until the next change of this index.
  [[nodiscard]] const std::vector<Session*>& at_host_of(const net::Path& path) const {
    return at(at_host_, host_of(path));
  }

 private:
  using Places = std::map<net::Path, std::vector<Session*>>;

  static net::Path host_of(const net::Path& path) { return {{}, path.remote.whole_host(), path.via}; }
  static const std::vector<Session*>& at(const Places& places, const net::Path& path);
  static void erase(Places& places, const net::Path& path, Session& session);
  void update_paths(Session& session);
  void update_place(Session& session);

  std::map<std::string, Session*, std::less<>> names_;
  Places knowing_;
  Places at_host_;
};

}  // namespace pixelpass::web
