#include "home_network.hpp"

#include "pixelpass/base/clock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace pixelpass::traversal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRules = R"(
table ip nat {
  chain post { type nat hook postrouting priority srcnat; oifname wan masquerade; }
}
table inet upnp {
  chain prerouting { type nat hook prerouting priority -101; jump prerouting_miniupnpd; }
  chain postrouting { type nat hook postrouting priority 90; jump postrouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
table inet filter {
  chain miniupnpd { }
  chain forward { type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname lan accept
    jump miniupnpd
  }
  chain gateway { type filter hook input priority filter; }
}
)";

/// To its end; what it says on standard output. Throws where it fails.
std::string run(const std::string& command) {
  std::string said;
  FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("no process for " + command);
  std::array<char, 4096> bytes{};
  while (const auto size = fread(bytes.data(), 1, bytes.size(), pipe)) said.append(bytes.data(), size);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return said;
}

bool write_file(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  return static_cast<bool>(out.flush());
}

/// Root of a user namespace of our own, where we are not root already.
bool become_root() {
  if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0) return true;
  const auto user = std::to_string(geteuid());
  const auto group = std::to_string(getegid());
  return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", "0 " + user + " 1") &&
         write_file("/proc/self/gid_map", "0 " + group + " 1");
}

bool is_there(const char* program) {
  std::istringstream folders("/usr/sbin:/usr/bin:/sbin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (fs::exists(fs::path(folder) / program)) return true;
  return false;
}

/// Whether somebody has bound this UDP port (hexadecimal) here.
bool is_bound(const std::string& table, const std::string& port) {
  std::ifstream lines("/proc/thread-self/net/" + table);
  for (std::string line; std::getline(lines, line);)
    if (line.find(":" + port + " ") != line.npos) return true;
  return false;
}

bool listens(HomeNetwork::Daemon daemon) {
  constexpr const char *kPcp = "14E7", *kSsdp = "076C";  // 5351, 1900
  const char* port = daemon.upnp ? kSsdp : kPcp;
  return is_bound("udp", port) && is_bound("udp6", port);
}

}  // namespace

Namespace Namespace::here() {
  return Namespace(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

Namespace Namespace::make() {
  const Namespace was = here();
  if (unshare(CLONE_NEWNET) != 0) throw std::runtime_error("no network namespace");
  Namespace made = here();
  run("ip link set lo up");
  // Addresses are there at once, and nobody else gives us any.
  for (const auto* device : {"all", "default"})
    for (const auto* what : {"accept_dad", "accept_ra"})
      write_file(std::string("/proc/sys/net/ipv6/conf/") + device + "/" + what, "0");
  was.enter();
  return made;
}

void Namespace::enter() const {
  if (setns(fd_.get(), CLONE_NEWNET) != 0) throw std::runtime_error("cannot enter a network namespace");
}

std::string Namespace::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_.get());
}

std::string HomeNetwork::objection() {
  static const std::string kObjection = []() -> std::string {
    for (const auto* program : {"ip", "nft", "miniupnpd"})
      if (!is_there(program))
        return std::string("no ") + program + ": sudo apt install iproute2 nftables miniupnpd-nftables";
    if (!become_root())
      return "no network namespaces here: run as root, or sysctl kernel.unprivileged_userns_clone=1";
    return {};
  }();
  return kObjection;
}

HomeNetwork::HomeNetwork()
    : host_(Namespace::make()),
      router_(Namespace::make()),
      internet_(Namespace::make()),
      folder_(fs::temp_directory_path() / ("pixelpass-router-" + std::to_string(getpid()))) {
  fs::create_directory(folder_);
  connect();
  filter(kRules);
}

HomeNetwork::~HomeNetwork() {
  stop();
  fs::remove_all(folder_);
}

void HomeNetwork::connect() const {
  const auto in = [](const Namespace& where, const std::string& commands) {
    const Inside inside(where);
    run("set -e\n" + commands);
  };
  in(router_, "ip link add lan type veth peer name eth0 netns " + host_.path() +
                  "\nip link add wan type veth peer name eth0 netns " + internet_.path() + R"(
ip address add 192.168.1.1/24 dev lan
ip address add 2600:2::1/64 dev lan
ip link set lan addrgenmode none
ip address add fe80::1/64 dev lan
ip address add 11.0.113.101/24 dev wan
ip address add 2600:1::101/64 dev wan
ip link set lan up
ip link set wan up
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding)");
  in(host_, R"(ip address add 192.168.1.10/24 dev eth0
ip address add 2600:2::10/64 dev eth0
ip link set eth0 up
ip route add default via 192.168.1.1
ip -6 route add default via fe80::1 dev eth0)");
  in(internet_, R"(ip address add 11.0.113.1/24 dev eth0
ip address add 2600:1::1/64 dev eth0
ip link set eth0 up
ip -6 route add 2600:2::/64 via 2600:1::101)");
  in(router_, "ip route add default via 11.0.113.1\nip -6 route add default via 2600:1::1");
}

void HomeNetwork::filter(const std::string& rules) const {
  const Inside inside(router_);
  write_file(folder_ / "rules", rules);
  run("nft -f " + (folder_ / "rules").string());
}

std::string HomeNetwork::rules() const {
  const Inside inside(router_);
  return run("nft list ruleset");
}

void HomeNetwork::write_configuration(Daemon daemon) const {
  std::ofstream(folder_ / "miniupnpd.conf")
      << "ext_ifname=wan\next_ifname6=wan\nlistening_ip=lan\nenable_natpmp="
      << (daemon.pcp_and_nat_pmp ? "yes" : "no") << "\nenable_upnp=" << (daemon.upnp ? "yes" : "no") << R"(
ipv6_disable=no
min_lifetime=2
max_lifetime=86400
secure_mode=yes
system_uptime=no
notify_interval=60
uuid=6b5d0000-0000-4000-8000-000000000001
upnp_table_name=filter
upnp_nat_table_name=upnp
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
)";
}

void HomeNetwork::start(Daemon daemon) {
  write_configuration(daemon);
  const Inside inside(router_);
  const auto configuration = (folder_ / "miniupnpd.conf").string();
  const auto pid_file = (folder_ / "miniupnpd.pid").string();
  const auto log = (folder_ / "miniupnpd.log").string();
  daemon_ = fork();
  if (daemon_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int said = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(said, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    execlp("miniupnpd", "miniupnpd", "-d", "-f", configuration.c_str(), "-P", pid_file.c_str(), nullptr);
    _exit(1);
  }
  const Instant deadline = Clock::now() + 20s;
  while (!listens(daemon)) {
    if (Clock::now() > deadline || waitpid(daemon_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("miniupnpd does not start: " + run("cat " + log));
    std::this_thread::sleep_for(10ms);
  }
}

void HomeNetwork::stop() {
  if (daemon_ <= 0) return;
  kill(daemon_, SIGKILL);  // a router that loses power says goodbye to nobody
  waitpid(daemon_, nullptr, 0);
  daemon_ = -1;
  filter(
      "flush chain inet upnp prerouting_miniupnpd\nflush chain inet upnp postrouting_miniupnpd\n"
      "flush chain inet filter miniupnpd\n");
}

Descriptor udp_socket_in(const Namespace& where, const SocketAddress& bound) {
  const Inside inside(where);
  Descriptor fd(socket(bound.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open() || bind(fd.get(), bound.get(), bound.size()) != 0)
    throw std::runtime_error("no socket at " + bound.to_string());
  return fd;
}

SocketAddress local_address(const Descriptor& socket) {
  sockaddr_in6 raw{};
  socklen_t size = sizeof raw;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&raw), &size);
  return {reinterpret_cast<const sockaddr*>(&raw), size};
}

}  // namespace pixelpass::traversal
