// What a hostile host does to a viewer.
//   endless-group   one group that never ends, as fast as the viewer takes it
//   tiny-frames     the same in frames of one byte
//   edl PORT        media that is no MPEG-TS but mpv's edit list, with an address on loopback in it
//   m3u PORT        the same as a playlist, which VLC and mpv know
//   foreign         one frame that is no MPEG-TS, then silence, over each connection
//   evil-reason     a name, a description and a goodbye full of escape sequences, then the same as the reason
//                   of the close
//   no-acks         pings without end, and one answer that is never acknowledged
//   later-version   no harm: speaks versions that the viewer does not, and so lets nobody in

#include "pixelpass/mpegts/ts_writer.hpp"
#include "pixelpass/wire/group_stream.hpp"

#include "attack.hpp"

#include <algorithm>

namespace pixelpass::attacker {
namespace {

using tunnel::CloseCode;

constexpr std::size_t kAhead = 1 << 20;  ///< bytes that wait in a stream
constexpr std::size_t kFrameBytes = 60'000;

/// As JSON has them: red, a window title, a bell, turned direction, a zero-width space, a new line.
constexpr std::string_view kEvil = R"(\u001b[31mred\u001b]0;title\u0007\u202eevil\u200b\n{\"event\":\"x\"})";
/// The same in bytes, and one that is no UTF-8.
constexpr std::string_view kEvilBytes =
    "\x1b[31mred\x1b]0;title\x07\xe2\x80\xae"
    "evil\xe2\x80\x8b\n{\"event\":\"x\"}\xff";

Bytes message(std::string json) {
  const auto size = json.size();
  Bytes bytes{static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
              static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  bytes.insert(bytes.end(), json.begin(), json.end());
  return bytes;
}

/// A line that a viewer has come over, and what was done to it.
struct Guest {
  std::shared_ptr<sim::RawLine> line;
  tunnel::SendStream* group = nullptr;  ///< owned by the line
  std::size_t frames = 0;
  int steps = 0;
  bool welcomed = false;
};

class HostAttack : public Attack {
 public:
  explicit HostAttack(boost::asio::io_context& io)
      : Attack(io, SocketAddress::loopback(0)), identity_(tunnel::Identity::generate(system_random)) {}

 protected:
  std::unique_ptr<sim::RawEnd> make_end() override {
    Ticket ticket;
    ticket.fingerprint = identity_.fingerprint();
    ticket.secret = identity_.secret();
    ticket.candidates = {{CandidateKind::kHost, driver_.local()}};
    say(encode_ticket(ticket));
    return std::make_unique<sim::RawEnd>(driver_.local(), system_random, identity_);
  }

  void step(Instant now) override {
    for (std::size_t i = guests_.size(); i < end().lines.size(); ++i)
      guests_.push_back({.line = end().lines[i]});
    for (auto& guest : guests_) {
      if (!guest.line->connection || !guest.line->last<wire::Hello>()) continue;
      if (!std::exchange(guest.welcomed, true)) welcome(guest);
      ++guest.steps;
      harm(guest, now);
    }
  }

  virtual void welcome(Guest& guest) {
    guest.line->send(wire::Welcome{.host_name = "attacker", .stream = {}});
  }
  virtual void harm(Guest& guest, Instant now) = 0;

  /// The group's stream; opened with its header when there is none.
  static tunnel::SendStream& group_of(Guest& guest) {
    if (!guest.group) {
      const auto header = wire::encode_group_header(1);
      guest.line->send_on_new_stream(wire::StreamKind::kGroup, header);
      guest.group = &guest.line->sends.back();
    }
    return *guest.group;
  }

  static void append(Guest& guest, const Frame& frame) {
    group_of(guest).append(wire::encode_frame_header(frame), frame.bytes);
    ++guest.frames;
  }

 private:
  tunnel::Identity identity_;
  std::vector<Guest> guests_;
};

/// MPEG-TS as it ought to be, of pictures that nobody can decode.
class EndlessGroup final : public HostAttack {
 public:
  using HostAttack::HostAttack;

 private:
  void harm(Guest& guest, Instant now) override {
    while (group_of(guest).unsent_bytes() < kAhead) {
      const bool first = guest.frames == 0;
      Bytes unit(kFrameBytes, 0xaa);
      const std::uint8_t start[] = {0, 0, 0, 1, static_cast<std::uint8_t>(first ? 0x65 : 0x41)};
      std::ranges::copy(start, unit.begin());
      append(guest, writer_.write({.bytes = SharedBytes::adopt(std::move(unit)),
                                   .pts = std::chrono::milliseconds(guest.frames * 33),
                                   .captured_at = now,
                                   .keyframe = first}));
    }
  }

  mpegts::TsWriter writer_{{.video = true, .audio = false}};
};

class TinyFrames final : public HostAttack {
 public:
  using HostAttack::HostAttack;

 private:
  void harm(Guest& guest, Instant now) override {
    while (group_of(guest).unsent_bytes() < kAhead / 4)
      append(guest, {SharedBytes::adopt({0x47}), now, guest.frames == 0, false});
  }
};

/// Media that is no MPEG-TS.
class Foreign : public HostAttack {
 public:
  Foreign(boost::asio::io_context& io, std::string text) : HostAttack(io), text_(std::move(text)) {
    text_.resize(kTextBytes, '\n');
  }

 protected:
  void harm(Guest& guest, Instant now) override {
    if (guest.frames == 0) append(guest, {SharedBytes::copy_of(as_bytes(text_)), now, true, false});
  }

 private:
  static constexpr std::size_t kTextBytes = 256 << 10;  ///< more than a player waits for
  std::string text_;
};

/// The same, and the viewer has no reason to leave.
class Playlist final : public Foreign {
 public:
  using Foreign::Foreign;

 private:
  void harm(Guest& guest, Instant now) override {
    Foreign::harm(guest, now);
    auto& messages = guest.line->messages;
    for (const auto& message : messages)
      if (const auto* ping = std::get_if<wire::Ping>(&message))
        guest.line->send(wire::Pong{ping->sent_at, {}});
    std::erase_if(messages, [](const auto& one) { return std::holds_alternative<wire::Ping>(one); });
  }
};

class EvilReason final : public HostAttack {
 public:
  using HostAttack::HostAttack;

 private:
  static constexpr int kStepsBeforeBye = 300;

  void welcome(Guest& guest) override {
    const std::string evil(kEvil);
    const std::string stream = R"({"source":")" + evil + R"(","width":1,"height":1,"fps":1,"encoder":")" +
                               evil + R"(","audio":")" + evil + R"(","bitrate_bps":1})";
    guest.line->sends.front().append(
        {}, SharedBytes::adopt(message(R"({"type":"welcome","version":1,"host_name":")" + evil +
                                       R"(","stream":)" + stream + "}")));
  }
  void harm(Guest& guest, Instant now) override {
    if (guest.steps == kStepsBeforeBye)
      guest.line->connection->close(CloseCode::kBye, std::string(kEvilBytes), now);
  }
};

class HostWithoutAcks final : public HostAttack {
 public:
  using HostAttack::HostAttack;

 private:
  static constexpr int kQuietSteps = 100;  ///< until path probes and the like are over

  void harm(Guest& guest, Instant) override {
    if (guest.steps < kQuietSteps) return;
    if (guest.steps == kQuietSteps) end().deaf_above = kUnheardBytes;
    ask_and_withhold(*guest.line, guest.steps == kQuietSteps);
  }
};

class LaterVersion final : public HostAttack {
 public:
  using HostAttack::HostAttack;

 private:
  void welcome(Guest& guest) override {
    guest.line->send(wire::Refused{.reason = wire::RefusedReason::kVersion,
                                   .versions = wire::VersionRange{.lowest = 700, .highest = 900}});
  }
  void harm(Guest&, Instant) override {}
};

std::unique_ptr<Attack> make_playlist(boost::asio::io_context& io, const std::string& mode,
                                      const std::string& port) {
  const std::string bait = "http://127.0.0.1:" + port;
  if (mode == "edl") return std::make_unique<Playlist>(io, "# mpv EDL v0\n" + bait + "/edl,0,5\n");
  if (mode == "m3u")
    return std::make_unique<Playlist>(io, "#EXTM3U\n#EXTINF:5,x\n" + bait + "/m3u\nfile:///etc/hostname\n");
  return nullptr;
}

}  // namespace

std::unique_ptr<Attack> make_host_attack(boost::asio::io_context& io, const std::string& mode,
                                         const std::string& port) {
  if (!port.empty()) return make_playlist(io, mode, port);
  if (mode == "endless-group") return std::make_unique<EndlessGroup>(io);
  if (mode == "tiny-frames") return std::make_unique<TinyFrames>(io);
  if (mode == "foreign") return std::make_unique<Foreign>(io, "nothing that anybody shows");
  if (mode == "evil-reason") return std::make_unique<EvilReason>(io);
  if (mode == "no-acks") return std::make_unique<HostWithoutAcks>(io);
  if (mode == "later-version") return std::make_unique<LaterVersion>(io);
  return nullptr;
}

}  // namespace pixelpass::attacker
