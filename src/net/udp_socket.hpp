#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/net/path.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <functional>

namespace pixelpass::net {

/// A UDP socket with all that Linux has to make many datagrams cheap: segmentation offload (GSO) on the way
/// out, coalescing (GRO) with recvmmsg on the way in, ECN and the local address both ways. Non-blocking. Owns
/// the descriptor. Thread: one.
class UdpSocket {
 public:
  enum class Sent : std::uint8_t {
    kDone,
    kFull,    ///< try again once writable
    kFailed,  ///< as good as lost on the way: no route, too large for the path
  };
  using OnDatagram = std::function<void(const Path& path, ByteView bytes, Ecn ecn)>;

  /// An unspecified address gives a dual-stack socket where there is IPv6. Throws StartupError.
  explicit UdpSocket(const SocketAddress& bind);

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  [[nodiscard]] SocketAddress local() const { return local_; }

  /// Sends from `path.local` if that is a specific address, else from where the kernel chooses.
  Sent send(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn);
  /// Sends one datagram with a limit of so many hops (1 to 255).
  Sent send_near(const Path& path, ByteView datagram, int hops);
  /// Reads one batch; false when there was nothing (more) to read.
  bool receive(const OnDatagram& on_datagram);

 private:
  static constexpr std::size_t kBatch = 8;
  static constexpr std::size_t kBufferBytes = 65'536;
  static constexpr std::size_t kControlBytes = 128;

  void configure();
  /// `hops` 0: the system's default.
  Sent send_once(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn, int hops = 0);
  Sent send_apart(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn);
  void deliver(const msghdr& message, ByteView bytes, const OnDatagram& on_datagram) const;

  Descriptor fd_;
  bool v6_ = false;
  bool offload_ = true;  ///< until the kernel or the device says that it cannot
  SocketAddress local_;
  Bytes arena_;
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> slices_{};
  std::array<sockaddr_in6, kBatch> senders_{};
  struct alignas(cmsghdr) Control {
    std::array<char, kControlBytes> bytes;
  };
  std::array<Control, kBatch> controls_{};
};

}  // namespace pixelpass::net
