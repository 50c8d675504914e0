#include "tunnel/outbox.hpp"

#include "tunnel/quic_values.hpp"

#include <cassert>

namespace pixelpass::tunnel {

void Outbox::put(const ngtcp2_path& path, std::size_t bytes, std::size_t segment, net::Ecn ecn) {
  assert(bytes_ == 0);
  path_ = from_quic_path(path);
  bytes_ = bytes;
  segment_ = segment;
  ecn_ = ecn;
}

bool Outbox::drain(net::DatagramSink& sink) {
  if (bytes_ > 0 && !sink.send(path_, ByteView(buffer_).first(bytes_), segment_, ecn_)) return false;
  bytes_ = 0;
  return true;
}

}  // namespace pixelpass::tunnel
