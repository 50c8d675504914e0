#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace pixelpass::traversal::test {

/// The real coturn on loopback, with a configuration, a port and a folder of its own. It relays to loopback
/// addresses, which others must not. Ends with this object.
class Coturn {
 public:
  /// What this machine lacks; empty: nothing.
  static std::string missing();

  /// `options`: lines of turnserver.conf. Returns once it answers.
  explicit Coturn(std::vector<std::string> options);
  ~Coturn();
  Coturn(const Coturn&) = delete;
  Coturn& operator=(const Coturn&) = delete;

  [[nodiscard]] SocketAddress address() const { return SocketAddress::loopback(port_); }
  [[nodiscard]] SocketAddress address_v6() const;
  /// Kills it, and starts another that knows of nothing, at the same port.
  void restart();

 private:
  void write_configuration(const std::vector<std::string>& options) const;
  void start();
  [[nodiscard]] bool comes_up() const;
  void kill();

  std::filesystem::path folder_;
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace pixelpass::traversal::test
