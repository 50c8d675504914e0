#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/net/path.hpp"

#include <ngtcp2/ngtcp2.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace pixelpass::tunnel {

/// One batch of datagrams for the sink, in memory that all connections share.
class Outbox {
 public:
  /// The most that one UDP send with segmentation offload takes: an IPv4 datagram's 65,535 bytes less its
  /// headers.
  static constexpr std::size_t kBytes = 65'507;

  Outbox() : buffer_(kBytes) {}
  [[nodiscard]] std::span<std::uint8_t> buffer() { return buffer_; }
  /// Takes over what was written to buffer().
  void put(const ngtcp2_path& path, std::size_t bytes, std::size_t segment, net::Ecn ecn);
  /// The path of the batch that was put last.
  [[nodiscard]] const net::Path& path() const { return path_; }
  /// Sends the batch. False: the sink is full and the batch still waits.
  bool drain(net::DatagramSink& sink);

 private:
  Bytes buffer_;
  net::Path path_;
  std::size_t bytes_ = 0;
  std::size_t segment_ = 0;
  net::Ecn ecn_ = 0;
};

}  // namespace pixelpass::tunnel
