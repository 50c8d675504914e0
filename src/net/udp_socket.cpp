#include "net/udp_socket.hpp"

#include "pixelpass/base/error.hpp"

#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pixelpass::net {
namespace {

/// The size that is asked for; the kernel gives what net.core.rmem_max allows.
constexpr int kSocketBufferBytes = 8 << 20;
constexpr Ecn kEcnMask = 0x03;
constexpr char kUnfragmented[] = "send datagrams that are never fragmented";
constexpr char kAddressed[] = "tell which address was asked";

/// Adds control messages to a msghdr one after the other.
class ControlWriter {
 public:
  ControlWriter(msghdr& message, std::span<char> memory) : message_(message), memory_(memory) {}

  template <class T>
  void add(int level, int type, const T& value) {
    auto* header = reinterpret_cast<cmsghdr*>(memory_.data() + used_);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof(T));
    std::memcpy(CMSG_DATA(header), &value, sizeof(T));
    used_ += CMSG_SPACE(sizeof(T));
    message_.msg_control = memory_.data();
    message_.msg_controllen = used_;
  }

 private:
  msghdr& message_;
  std::span<char> memory_;
  std::size_t used_ = 0;
};

template <class T>
T read_control(const cmsghdr* header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(header), std::min<std::size_t>(sizeof(T), header->cmsg_len - CMSG_LEN(0)));
  return value;
}

bool set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// Sets an option whose failure costs only speed: buffers, batches, congestion marks.
void wish(int fd, int level, int name, int value) {
  static_cast<void>(set_option(fd, level, name, value));
}

/// Sets an option without which datagrams are fragmented, or answers leave from an address that nobody has
/// asked.
void demand(int fd, int level, int name, int value, const char* what) {
  if (set_option(fd, level, name, value)) return;
  const int reason = errno;
  throw StartupError(std::string("this system's UDP sockets cannot ") + what + ": " + std::strerror(reason),
                     "Linux from 2.6.22 on can; a sandbox around this program may forbid it");
}

void add_source(ControlWriter& control, const SocketAddress& local) {
  if (local.is_unspecified()) return;
  if (local.is_v6()) {
    in6_pktinfo info{};
    std::ranges::copy(local.bytes(), info.ipi6_addr.s6_addr);
    control.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  } else {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.bytes().data(), 4);
    control.add(IPPROTO_IP, IP_PKTINFO, info);
  }
}

/// Whether the address is multicast or broadcast: a socket can be bound to it and receives there, but no
/// answer leaves from it. A network's broadcast addresses are known only by trying to send there: EACCES,
/// without SO_BROADCAST.
bool is_of_many(const SocketAddress& address) {
  constexpr std::uint8_t kMulticastV6 = 0xFF;
  if (address.is_v6()) return address.bytes()[0] == kMulticastV6;
  constexpr std::uint8_t kMulticastV4 = 0xE0;
  constexpr auto is_all_ones = [](std::uint8_t byte) { return byte == 0xFF; };
  if ((address.bytes()[0] & 0xF0) == kMulticastV4 || std::ranges::all_of(address.bytes(), is_all_ones))
    return true;
  constexpr std::uint16_t kAnyPort = 9;
  SocketAddress itself = address;
  itself.set_port(kAnyPort);
  const Descriptor fd(socket(address.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return fd.is_open() && connect(fd.get(), itself.get(), itself.size()) != 0 && errno == EACCES;
}

/// A socket; below 0: it could not be opened, and errno says why.
Descriptor open_socket(const SocketAddress& bind_to) {
  const bool usable = bind_to.is_unspecified() || !is_of_many(bind_to);
  Descriptor fd(socket(bind_to.get()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fd;
  // A dual-stack socket that takes only IPv6 is of no use: the caller goes on with IPv4.
  const bool apt =
      !bind_to.is_v6() || set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, bind_to.is_unspecified() ? 0 : 1);
  if (apt && usable && ::bind(fd.get(), bind_to.get(), bind_to.size()) == 0) return fd;
  const int reason = usable ? errno : EADDRNOTAVAIL;
  close(fd.release());
  errno = reason;
  return fd;
}

[[noreturn]] void fail(const SocketAddress& bind_to) {
  const int reason = errno;
  const std::string what = "cannot use UDP address " + bind_to.to_string() + ": " + std::strerror(reason);
  if (reason == EADDRINUSE)
    throw StartupError(what,
                       "another program has that port; choose one with --bind ADDRESS:PORT, or 0 for any");
  throw StartupError(what, "give an address of this machine: --bind 0.0.0.0:PORT takes them all");
}

/// Opens a socket of both families for an unspecified address, if there are both.
Descriptor open_either(const SocketAddress& bind_to) {
  if (bind_to.is_unspecified()) {
    constexpr std::uint8_t kAny[16] = {};
    Descriptor both = open_socket(SocketAddress(kAny, bind_to.port()));
    if (both.is_open()) return both;
    // No IPv6 in this kernel is no reason to fail; a port in use is.
    if (errno == EADDRINUSE) fail(bind_to);
  }
  Descriptor fd = open_socket(bind_to);
  if (!fd.is_open()) fail(bind_to);
  return fd;
}

}  // namespace

UdpSocket::UdpSocket(const SocketAddress& bind_to)
    : fd_(open_either(bind_to)), arena_(kBatch * kBufferBytes) {
  sockaddr_in6 bound{};
  socklen_t length = sizeof bound;
  if (getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) fail(bind_to);
  local_ = SocketAddress(reinterpret_cast<const sockaddr*>(&bound), length);
  v6_ = local_.is_v6();
  configure();
}

void UdpSocket::configure() {
  wish(fd_.get(), SOL_SOCKET, SO_RCVBUF, kSocketBufferBytes);
  wish(fd_.get(), SOL_SOCKET, SO_SNDBUF, kSocketBufferBytes);
  wish(fd_.get(), SOL_UDP, UDP_GRO, 1);
  // Never fragment: our own path MTU discovery decides which size fits.
  demand(fd_.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, kUnfragmented);
  // On a dual-stack socket IPv4 packets have IPv4 control messages, so both kinds are requested.
  wish(fd_.get(), IPPROTO_IP, IP_RECVTOS, 1);
  demand(fd_.get(), IPPROTO_IP, IP_PKTINFO, 1, kAddressed);
  if (!v6_) return;
  demand(fd_.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE, kUnfragmented);
  wish(fd_.get(), IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  demand(fd_.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, kAddressed);
}

UdpSocket::Sent UdpSocket::send(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn) {
  return offload_ || bytes.size() <= segment ? send_once(path, bytes, segment, ecn)
                                             : send_apart(path, bytes, segment, ecn);
}

UdpSocket::Sent UdpSocket::send_near(const Path& path, ByteView datagram, int hops) {
  return send_once(path, datagram, datagram.size(), 0, hops);
}

UdpSocket::Sent UdpSocket::send_once(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn,
                                     int hops) {
  const bool batch = bytes.size() > segment;
  const auto remote = v6_ ? path.remote.mapped() : path.remote;
  iovec slice{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(remote.get());
  message.msg_namelen = remote.size();
  message.msg_iov = &slice;
  message.msg_iovlen = 1;
  Control memory;
  ControlWriter control(message, memory.bytes);
  if (batch) control.add(SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(segment));
  // IPv4 packets take IPv4 control messages, also on a dual-stack socket.
  const bool is_v6 = path.remote.is_v6();
  if (ecn != 0 && is_v6) control.add(IPPROTO_IPV6, IPV6_TCLASS, int{ecn});
  if (ecn != 0 && !is_v6) control.add(IPPROTO_IP, IP_TOS, int{ecn});
  if (hops != 0 && is_v6) control.add(IPPROTO_IPV6, IPV6_HOPLIMIT, hops);
  if (hops != 0 && !is_v6) control.add(IPPROTO_IP, IP_TTL, hops);
  add_source(control, path.local);
  while (sendmsg(fd_.get(), &message, 0) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return Sent::kFull;
    // EIO: the device cannot compute checksums for us, so offload is off for good (udp(7), UDP_SEGMENT). A
    // segment too long for this path's MTU concerns only that batch.
    if (errno == EIO) offload_ = false;
    if (batch && (errno == EIO || errno == EINVAL || errno == EMSGSIZE))
      return send_apart(path, bytes, segment, ecn);
    return Sent::kFailed;
  }
  return Sent::kDone;
}

UdpSocket::Sent UdpSocket::send_apart(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn) {
  auto result = Sent::kDone;
  const std::size_t whole = bytes.size();
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment, bytes.size()))) {
    const auto one = send_once(path, bytes.first(std::min(segment, bytes.size())), segment, ecn);
    // Nothing was sent: the whole batch waits, as if it had been sent in one piece.
    if (one == Sent::kFull && bytes.size() == whole) return Sent::kFull;
    // A partly sent batch cannot be offered again; QUIC takes the rest for lost.
    if (one != Sent::kDone) result = Sent::kFailed;
  }
  return result;
}

bool UdpSocket::receive(const OnDatagram& on_datagram) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    slices_[i] = {arena_.data() + i * kBufferBytes, kBufferBytes};
    auto& header = messages_[i].msg_hdr;
    header = {};
    header.msg_name = &senders_[i];
    header.msg_namelen = sizeof senders_[i];
    header.msg_iov = &slices_[i];
    header.msg_iovlen = 1;
    header.msg_control = controls_[i].bytes.data();
    header.msg_controllen = kControlBytes;
  }
  const int got = recvmmsg(fd_.get(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < got; ++i) {
    const auto& message = messages_[static_cast<std::size_t>(i)];
    // A truncated datagram is useless, and without its control messages several may look like one.
    if ((message.msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) continue;
    deliver(message.msg_hdr,
            {static_cast<const std::uint8_t*>(message.msg_hdr.msg_iov->iov_base), message.msg_len},
            on_datagram);
  }
  return got == static_cast<int>(kBatch);
}

void UdpSocket::deliver(const msghdr& message, ByteView bytes, const OnDatagram& on_datagram) const {
  Path path{local_,
            SocketAddress(static_cast<const sockaddr*>(message.msg_name), message.msg_namelen).unmapped()};
  std::size_t segment = bytes.size();
  Ecn ecn = 0;
  const auto port = local_.port();
  for (auto* header = CMSG_FIRSTHDR(&message); header;
       header = CMSG_NXTHDR(const_cast<msghdr*>(&message), header)) {
    const auto is = [&](int level, int type) {
      return header->cmsg_level == level && header->cmsg_type == type;
    };
    if (is(SOL_UDP, UDP_GRO)) {
      segment = static_cast<std::size_t>(read_control<int>(header));
    } else if (is(IPPROTO_IP, IP_TOS)) {
      ecn = static_cast<Ecn>(read_control<std::uint8_t>(header) & kEcnMask);
    } else if (is(IPPROTO_IPV6, IPV6_TCLASS)) {
      ecn = static_cast<Ecn>(read_control<int>(header) & kEcnMask);
    } else if (is(IPPROTO_IP, IP_PKTINFO)) {
      const auto info = read_control<in_pktinfo>(header);
      path.local = SocketAddress({reinterpret_cast<const std::uint8_t*>(&info.ipi_addr), 4}, port);
    } else if (is(IPPROTO_IPV6, IPV6_PKTINFO)) {
      const auto info = read_control<in6_pktinfo>(header);
      path.local = SocketAddress(info.ipi6_addr.s6_addr, port).unmapped();
    }
  }
  if (segment == 0) return;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment, bytes.size())))
    on_datagram(path, bytes.first(std::min(segment, bytes.size())), ecn);
}

}  // namespace pixelpass::net
