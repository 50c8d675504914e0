#include "tunnel/quic_values.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace pixelpass::tunnel {
namespace {

TEST(QuicTime, KeepsNever) {
  EXPECT_EQ(from_quic_time(UINT64_MAX), Instant::max());
  EXPECT_EQ(from_quic_time(to_quic_time(Instant(1h))), Instant(1h));
}

TEST(QuicPath, KeepsBothEndsAndWhatIsBetween) {
  for (const auto via : {net::Via::kDirect, net::Via::kOwnRelay, net::Via::kPeerRelay}) {
    const net::Path path{*SocketAddress::parse("192.0.2.1:5"), *SocketAddress::parse("[2001:db8::1]:6"), via};
    EXPECT_EQ(from_quic_path(to_quic_path(path)), path);
  }
}

}  // namespace
}  // namespace pixelpass::tunnel
