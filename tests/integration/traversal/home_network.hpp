#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace pixelpass::traversal {

/// A network namespace. Threads and processes that are started, and sockets that are made, while it is
/// entered are in it.
class Namespace {
 public:
  /// A new one, with its loopback device up.
  static Namespace make();
  /// The calling thread's.
  static Namespace here();

  void enter() const;
  /// What `ip link set … netns` takes.
  [[nodiscard]] std::string path() const;

 private:
  explicit Namespace(int fd) : fd_(fd) {}
  Descriptor fd_;
};

/// Is in a namespace while it lives.
class Inside {
 public:
  explicit Inside(const Namespace& where) : was_(Namespace::here()) { where.enter(); }
  ~Inside() { was_.enter(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Namespace was_;
};

/// A machine behind a home router, the router, and somebody on the Internet: three namespaces of our own,
/// IPv4 behind a NAT and IPv6 behind a firewall, with the real miniupnpd where a test wants
/// it. 11.0.113.0/24: miniupnpd takes no addresses that are not to be on the Internet.
class HomeNetwork {
 public:
  static constexpr std::string_view kOuterV4 = "11.0.113.101";
  static constexpr std::string_view kHostV4 = "192.168.1.10";
  static constexpr std::string_view kHostV6 = "2600:2::10";

  /// Why there can be none here; empty: there can. Once a process, before it has threads.
  static std::string objection();

  HomeNetwork();
  ~HomeNetwork();
  HomeNetwork(const HomeNetwork&) = delete;
  HomeNetwork& operator=(const HomeNetwork&) = delete;

  [[nodiscard]] const Namespace& host() const { return host_; }
  [[nodiscard]] const Namespace& router() const { return router_; }
  [[nodiscard]] const Namespace& internet() const { return internet_; }

  struct Daemon {
    bool pcp_and_nat_pmp = false;
    bool upnp = false;
  };
  /// miniupnpd, once it listens.
  void start(Daemon daemon);
  /// With all that it has mapped: the router is restarted.
  void stop();
  /// More rules for the router's packet filter, in nft's language.
  void filter(const std::string& rules) const;
  /// The rules that there are now.
  [[nodiscard]] std::string rules() const;

 private:
  void connect() const;
  void write_configuration(Daemon daemon) const;

  const Namespace host_, router_, internet_;
  std::filesystem::path folder_;
  pid_t daemon_ = -1;
};

/// A UDP socket in a namespace. Non-blocking; closed with its owner.
Descriptor udp_socket_in(const Namespace& where, const SocketAddress& bound);
SocketAddress local_address(const Descriptor& socket);

}  // namespace pixelpass::traversal
