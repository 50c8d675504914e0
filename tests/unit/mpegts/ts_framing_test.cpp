#include "pixelpass/mpegts/ts_framing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::mpegts {
namespace {

using Step = TsFraming::Step;

constexpr std::size_t kArrivalBytes = 4;
constexpr std::size_t kParityBytes = 16;

/// Packets whose payload tells their number, and looks like anything but the start of one.
Bytes packet(std::uint8_t number) {
  Bytes bytes{kTsSyncByte, 0x01, 0x23, 0x10};
  bytes.resize(kTsPacketBytes, number);
  return bytes;
}

Bytes stream(std::uint8_t packets, std::size_t before, std::size_t behind) {
  Bytes all;
  for (std::uint8_t i = 0; i < packets; ++i) {
    // A time of arrival that goes up, as a recorder writes it.
    if (before > 0) all.insert(all.end(), {0, 0x47, i, 0x47});
    const Bytes one = packet(static_cast<std::uint8_t>(100 + i));
    all.insert(all.end(), one.begin(), one.end());
    all.insert(all.end(), behind, 0x47);
  }
  return all;
}

/// The numbers of the packets that come out, however the bytes go in.
std::vector<int> numbers(TsFraming& framing, ByteView bytes, std::size_t piece) {
  std::vector<int> found;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    framing.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    for (auto step = framing.next(); step != Step::kNeedMore; step = framing.next())
      if (step == Step::kPacket) found.push_back(framing.packet().bytes().back());
  }
  return found;
}

std::vector<int> expected(int packets) {
  std::vector<int> all;
  for (int i = 0; i < packets; ++i) all.push_back(100 + i);
  return all;
}

TEST(TsFraming, TakesPacketsOf188And192And204Bytes) {
  constexpr int kPackets = 12;
  for (const auto& bytes :
       {stream(kPackets, 0, 0), stream(kPackets, kArrivalBytes, 0), stream(kPackets, 0, kParityBytes)}) {
    for (const std::size_t piece : {1U, 7U, 188U, 192U, 204U, 1000U, 65536U}) {
      TsFraming framing;
      EXPECT_EQ(numbers(framing, bytes, piece), expected(kPackets))
          << bytes.size() / kPackets << " bytes a packet, in pieces of " << piece;
    }
  }
}

TEST(TsFraming, BeginsBehindForeignBytesAndHalfAPacket) {
  for (const std::size_t before : {std::size_t{0}, kArrivalBytes}) {
    Bytes bytes{0x47, 1, 2, 3, 0x47, 0x47};
    const Bytes whole = stream(10, before, 0);
    bytes.insert(bytes.end(), whole.begin() + 60, whole.end());
    TsFraming framing;
    auto found = numbers(framing, bytes, 1000);
    auto wanted = expected(10);
    wanted.erase(wanted.begin());
    EXPECT_EQ(found, wanted);
  }
}

TEST(TsFraming, FindsItsPlaceAgainAfterMissingBytesAndSaysSo) {
  Bytes bytes = stream(20, kArrivalBytes, 0);
  bytes.erase(bytes.begin() + 5 * 192 + 50, bytes.begin() + 5 * 192 + 77);
  TsFraming framing;
  const auto found = numbers(framing, bytes, 500);
  EXPECT_EQ(framing.syncs_lost(), 1U);
  EXPECT_GE(found.size(), 18U);
  EXPECT_EQ(found.back(), 119);
}

TEST(TsFraming, GoesOnWithPacketsOfAnotherSize) {
  Bytes bytes = stream(10, 0, 0);
  const Bytes other = stream(10, kArrivalBytes, 0);
  bytes.insert(bytes.end(), other.begin(), other.end());
  TsFraming framing;
  EXPECT_GE(numbers(framing, bytes, 4096).size(), 19U);
}

TEST(TsFraming, IsLostInBytesThatAreNoPackets) {
  TsFraming framing(4096);
  Bytes noise;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    noise.push_back(static_cast<std::uint8_t>(i * 2654435761U >> 13));
  EXPECT_TRUE(numbers(framing, noise, 1000).empty());
  EXPECT_TRUE(framing.is_lost());
  EXPECT_FALSE(framing.ever_in_sync());
}

}  // namespace
}  // namespace pixelpass::mpegts
