#pragma once

#include "pixelpass/net/path.hpp"

#include "web/rtp_packet.hpp"
#include "web/srtp_session.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass::web {

/// Sealed RTP packets that are sent in one call: of one size, the last perhaps shorter. Sans-IO.
class PacketBatch {
 public:
  /// `srtp` outlives it. `tag_bytes`: what sealing adds.
  PacketBatch(SrtpSession& srtp, std::size_t tag_bytes) : srtp_(srtp), tag_bytes_(tag_bytes) {}

  /// Makes room for another packet, if need be by sending the batch. False: the sink is full.
  bool make_room(std::size_t bytes, const net::Path& path, net::DatagramSink& sink);
  /// `before`: the payload's first bytes.
  void append(const RtpHeader& header, ByteView before, const RtpPayload& payload, std::uint64_t index);
  /// Sends the batch. False: the sink is full; call again with the same.
  bool send(const net::Path& path, net::DatagramSink& sink);

 private:
  SrtpSession& srtp_;
  std::size_t tag_bytes_;
  Bytes bytes_;
  std::size_t segment_ = 0;
};

}  // namespace pixelpass::web
