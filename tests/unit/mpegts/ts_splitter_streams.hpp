#pragma once

#include "pixelpass/mpegts/ts_splitter.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "access_units.hpp"
#include "ts_test_parser.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace pixelpass::mpegts {

using namespace std::chrono_literals;
using ts_test::Data;
using Status = TsSplitter::Status;

constexpr std::size_t kPacket = 188;
constexpr int kVideo = 0x41;

inline Data operator+(Data a, const Data& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
/// In this order, whatever the calls that make the parts have as side effects.
inline Data join(std::initializer_list<Data> parts) {
  Data all;
  for (const Data& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
inline Data bytes_of(const Frame& frame) {
  return {frame.bytes.view().begin(), frame.bytes.view().end()};
}

/// A stream of TsWriter's, frame by frame: a keyframe every `group` pictures, an audio frame after each.
class Stream {
 public:
  explicit Stream(int group = 10) : group_(group) {}

  Data picture(std::size_t size = 700) {
    const bool key = pictures_ % group_ == 0;
    Data data{0, 0, 0, 1, 9, 0xF0, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1};
    if (!key) data.resize(6);
    data = data + Data{0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)} + Data(size, 0xAB);
    return bytes_of(writer_.write(test::video_unit(data, pictures_++ * 33ms, key)));
  }
  Data audio() {
    const Data adts(300, 0x77);
    return bytes_of(writer_.write(test::audio_unit(adts, pictures_ * 33ms - 33ms)));
  }
  /// `pictures` with audio in between.
  Data run(int pictures) {
    Data all;
    for (int i = 0; i < pictures; ++i) all = join({all, picture(), audio()});
    return all;
  }

 private:
  TsWriter writer_{{}};
  int group_;
  int pictures_ = 0;
};

/// Clears PES_packet_length of every video PES packet, as most muxers leave it.
inline Data without_lengths(Data stream) {
  for (std::size_t at = 0; at < stream.size(); at += kPacket) {
    const bool video_start = (stream[at + 1] & 0x5F) == 0x40 && stream[at + 2] == kVideo;
    if (!video_start) continue;
    const std::size_t pes = at + 5 + stream[at + 4];
    stream[pes + 4] = stream[pes + 5] = 0;
  }
  return stream;
}

/// Clears every random_access_indicator.
inline Data without_indicators(Data stream) {
  for (std::size_t at = 0; at < stream.size(); at += kPacket)
    if ((stream[at + 3] & 0x20) != 0 && stream[at + 4] > 0) stream[at + 5] &= 0xBF;
  return stream;
}

struct Split {
  TsSplitter splitter;
  std::vector<Frame> frames;
  Status status = Status::kOk;

  explicit Split(TsSplitter::Limits limits = {}) : splitter(limits) {}
  Split& feed(const Data& data, std::size_t chunk = static_cast<std::size_t>(-1), Instant now = {}) {
    for (std::size_t at = 0; at < data.size() && status == Status::kOk; at += chunk) {
      const std::size_t size = std::min(chunk, data.size() - at);
      status = splitter.feed(ByteView(data).subspan(at, size), now, on_frame());
      if (chunk > data.size()) break;
    }
    return *this;
  }
  Split& end() {
    status = splitter.end(on_frame());
    return *this;
  }
  Data all() {
    Data joined;
    for (const Frame& frame : frames) joined = joined + bytes_of(frame);
    return joined;
  }
  std::size_t keyframes() const {
    return static_cast<std::size_t>(
        std::count_if(frames.begin(), frames.end(), [](auto& f) { return f.keyframe; }));
  }
  TsSplitter::OnFrame on_frame() {
    return [this](Frame frame) { frames.push_back(std::move(frame)); };
  }
};

inline int pid_at(const Frame& frame, std::size_t packet) {
  return ts_test::parse_packet(frame.bytes.view().subspan(packet * kPacket, kPacket)).pid;
}

inline int pictures_in(const Frame& frame) {
  const auto packets = ts_test::parse(frame.bytes.view());
  return static_cast<int>(
      std::count_if(packets.begin(), packets.end(), [](auto& p) { return p.pid == kVideo && p.start; }));
}

}  // namespace pixelpass::mpegts
