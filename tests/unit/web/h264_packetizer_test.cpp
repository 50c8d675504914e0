#include "web/h264_packetizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

namespace pixelpass::web {
namespace {

using testing::ElementsAre;

constexpr std::size_t kMost = 100;

Bytes unit_of_type(std::uint8_t header, std::size_t bytes) {
  Bytes unit{header};
  while (unit.size() < bytes) unit.push_back(static_cast<std::uint8_t>(unit.size() % 251 + 4));
  return unit;
}
const Bytes kSps = unit_of_type(0x67, 20);
const Bytes kPps = unit_of_type(0x68, 6);
const Bytes kAud = unit_of_type(0x09, 2);
const Bytes kSei = unit_of_type(0x06, 30);
const Bytes kIdr = unit_of_type(0x65, 1000);
const Bytes kSlice = unit_of_type(0x41, 50);

SharedBytes annex_b(std::initializer_list<Bytes> units) {
  Bytes stream;
  for (const auto& unit : units) {
    stream.insert(stream.end(), {0, 0, 0, 1});
    stream.insert(stream.end(), unit.begin(), unit.end());
  }
  return SharedBytes::adopt(std::move(stream));
}

Bytes bytes_of(const RtpPayload& payload) {
  Bytes out(payload.size());
  write(payload, out);
  return out;
}

/// As RFC 6184 section 5.8 says it is done.
std::vector<Bytes> put_together(const std::vector<RtpPayload>& payloads) {
  std::vector<Bytes> units;
  for (const auto& payload : payloads) {
    const auto bytes = bytes_of(payload);
    if ((bytes[0] & 0x1f) != 28) {
      units.push_back(bytes);
      continue;
    }
    if ((bytes[1] & 0x80) != 0)
      units.push_back({static_cast<std::uint8_t>((bytes[0] & 0xe0) | (bytes[1] & 0x1f))});
    units.back().insert(units.back().end(), bytes.begin() + 2, bytes.end());
  }
  return units;
}

TEST(H264PacketizerTest, AKeyframeIsItsParameterSetsAndItsSlices) {
  H264Packetizer packetizer(kMost);
  const auto payloads = packetizer.cut(annex_b({kAud, kSps, kPps, kSei, kIdr}), true);
  EXPECT_THAT(put_together(payloads), ElementsAre(kSps, kPps, kIdr));
  for (const auto& payload : payloads) {
    EXPECT_LE(payload.size(), kMost);
    EXPECT_EQ(payload.marker, &payload == &payloads.back());
  }
}

TEST(H264PacketizerTest, FragmentsAreEquallyLongButForTheLast) {
  for (std::size_t bytes = kMost + 1; bytes < 1300; ++bytes) {
    const auto slice = unit_of_type(0x41, bytes);
    const auto payloads = H264Packetizer(kMost).cut(annex_b({slice}), false);
    ASSERT_THAT(put_together(payloads), ElementsAre(slice));
    for (const auto& payload : payloads) {
      ASSERT_LE(payload.size(), payloads.front().size());
      ASSERT_TRUE(&payload == &payloads.back() || payload.size() == payloads.front().size());
    }
    ASSERT_EQ(bytes_of(payloads.front())[1] & 0xc0, 0x80) << "start, not end";
    ASSERT_EQ(bytes_of(payloads.back())[1] & 0xc0, 0x40) << "end, not start";
    ASSERT_EQ(payloads.size(), (bytes - 1 + kMost - 3) / (kMost - 2)) << "as few as can be";
  }
}

TEST(H264PacketizerTest, ParameterSetsThatWereSaidOnceComeBeforeEachKeyframe) {
  H264Packetizer packetizer(kMost);
  packetizer.cut(annex_b({kSps, kPps, kIdr}), true);
  EXPECT_THAT(put_together(packetizer.cut(annex_b({kIdr}), true)), ElementsAre(kSps, kPps, kIdr));
  EXPECT_THAT(put_together(packetizer.cut(annex_b({kSlice}), false)), ElementsAre(kSlice));
}

TEST(H264PacketizerTest, ANewSizesParameterSetsReplaceTheOldOnes) {
  H264Packetizer packetizer(kMost);
  packetizer.cut(annex_b({kSps, kPps, kIdr}), true);
  const auto other = unit_of_type(0x67, 25);
  packetizer.cut(annex_b({other, kPps, kIdr}), true);
  EXPECT_THAT(put_together(packetizer.cut(annex_b({kIdr}), true)), ElementsAre(other, kPps, kIdr));
}

TEST(H264PacketizerTest, WithoutASliceThereIsNothingToSend) {
  H264Packetizer packetizer(kMost);
  EXPECT_TRUE(packetizer.cut(annex_b({kAud, kSps, kPps}), false).empty());
  EXPECT_TRUE(packetizer.cut(SharedBytes::copy_of(as_bytes("no start code")), false).empty());
  EXPECT_TRUE(packetizer.cut(SharedBytes(), true).empty());
}

TEST(H264PacketizerTest, ThePicturesBytesAreNotCopied) {
  const auto picture = annex_b({kIdr});
  for (const auto& payload : H264Packetizer(kMost).cut(picture, true)) {
    EXPECT_GE(payload.piece.data(), picture.data());
    EXPECT_LE(payload.piece.data() + payload.piece.size(), picture.data() + picture.size());
  }
}

TEST(WrappedPacketizerTest, APictureTravelsAsAVp8FrameWithACounter) {
  WrappedPacketizer packetizer(kMost);
  packetizer.cut(annex_b({kSps, kPps, kIdr}), true);
  for (std::size_t bytes = 1; bytes < 500; ++bytes) {
    const bool keyframe = bytes % 2 == 0;
    const auto picture = annex_b({unit_of_type(0x41, bytes)});
    const auto payloads = packetizer.cut(picture, keyframe);
    Bytes frame;
    for (const auto& payload : payloads) {
      const auto packet = bytes_of(payload);
      ASSERT_LE(packet.size(), std::min(kMost, payloads.front().size()));
      ASSERT_EQ(packet[0], &payload == &payloads.front() ? 0x10 : 0x00);
      ASSERT_EQ(payload.marker, &payload == &payloads.back());
      frame.insert(frame.end(), packet.begin() + 1, packet.end());
    }
    ASSERT_EQ(frame[0] & 1, keyframe ? 0 : 1) << "VP8's frame type";
    ASSERT_THAT(Bytes(frame.begin() + 10, frame.begin() + 14), ElementsAre(0, 0, bytes / 256, bytes % 256));
    ASSERT_TRUE(std::ranges::equal(Bytes(frame.begin() + 14, frame.end()), picture.view()));
  }
}

}  // namespace
}  // namespace pixelpass::web
