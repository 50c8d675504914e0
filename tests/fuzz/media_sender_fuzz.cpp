#include "fuzz.hpp"
#include "web/media_sender.hpp"
#include "web/srtp_session.hpp"

namespace pixelpass::web {
namespace {

/// Takes all, and counts it.
class Line final : public net::DatagramSink {
 public:
  bool send(const net::Path&, ByteView bytes, std::size_t, net::Ecn) override {
    bytes_ += bytes.size();
    return true;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

SrtpKeys fuzz_keys() {
  const Bytes same(kSrtpKeyBytes + salt_bytes(SrtpProfile::kAeadAes128Gcm), 1);
  return {SrtpProfile::kAeadAes128Gcm, same, same};
}

/// Two pictures of a few packets.
void show(MediaSender& sender, Instant now) {
  for (const bool keyframe : {true, false}) {
    Bytes stream{0, 0, 0, 1, static_cast<std::uint8_t>(keyframe ? 0x65 : 0x41)};
    stream.resize(8'000, 0x55);
    AccessUnit unit{SharedBytes::adopt(std::move(stream)), AccessUnit::Kind::kVideo, 0ns, now};
    unit.keyframe = keyframe;
    sender.on_unit(unit, now);
  }
}

}  // namespace
}  // namespace pixelpass::web

/// What a browser with the keys may say, and one without them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using namespace pixelpass::web;
  if (size < 8 || size > 1500) return 0;
  Instant now{1s};
  const auto numbers = [](std::span<std::uint8_t> out) { std::ranges::fill(out, std::uint8_t{0}); };
  const MediaTerms terms{
      .video_type = 96, .rtx_type = 97, .audio_type = 111, .playout_delay_id = 6, .transport_id = 3};
  MediaSender sender(terms, fuzz_keys(), numbers, now);
  Line line;
  show(sender, now);
  sender.flush({}, line, now);
  const auto sent = line.bytes();
  Bytes bytes(data, data + size);
  fuzz::require(!sender.on_rtcp(bytes, now), "nobody seals by chance");
  SrtpSession browser(fuzz_keys());
  bytes.resize(size + kMaxSrtcpOverhead);
  bytes.resize(browser.seal_rtcp(bytes, size));
  fuzz::require(sender.on_rtcp(bytes, now) && !sender.on_rtcp(bytes, now), "what is sealed is read once");
  for (int i = 0; i < 100; ++i, now += 10ms) {
    sender.on_timeout(now);
    fuzz::require(sender.flush({}, line, now), "the line takes all");
  }
  fuzz::require(line.bytes() <= 2 * sent + 4'000, "all there is comes once more at the most");
  const auto status = sender.status().line;
  fuzz::require(status.acknowledged_bytes + status.in_flight_bytes <= line.bytes(),
                "no more has come than was sent");
  return 0;
}
