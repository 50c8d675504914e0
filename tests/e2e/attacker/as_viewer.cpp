// What a hostile viewer, who has a ticket, does to a host.
//   no-acks      pings without end, and one answer that is never acknowledged; says "closed CODE"
//   handshakes   handshakes without a hello, each on a connection of its own; says "handshakes N"
//   sessions     one viewer over connection after connection, each deaf once welcome; says "welcomes N"
//   keyframes    asks for a keyframe 20 times a second; says "groups N"
//   copied-knock       a handshake with a knock that was copied from the wire, and no hello; says "handshakes
//   1" damaged-first      damaged copies of its first datagram come before that; says "welcomes 1"
// What is counted is said now and then.

#include "attack.hpp"

#include <algorithm>

namespace pixelpass::attacker {
namespace {

constexpr int kStepsBetweenLines = 100;

class ViewerAttack : public Attack {
 public:
  ViewerAttack(boost::asio::io_context& io, Ticket ticket)
      : Attack(io, SocketAddress::loopback(0)), ticket_(std::move(ticket)) {}

 protected:
  std::unique_ptr<sim::RawEnd> make_end() override {
    return std::make_unique<sim::RawEnd>(driver_.local(), system_random);
  }
  void step(Instant now) override {
    ++steps_;
    harm(now);
  }
  virtual void harm(Instant now) = 0;

  std::shared_ptr<sim::RawLine> dial(Instant now, const tunnel::Knock& knock) {
    return end().dial(ticket_, knock, now);
  }
  std::shared_ptr<sim::RawLine> dial(Instant now) { return end().dial(ticket_, system_wall_time(), now); }
  void say_hello(sim::RawLine& line) { line.say_hello(ticket_.secret, hello_); }
  void say_now_and_then(const std::string& what, std::ptrdiff_t count) const {
    if (steps_ % kStepsBetweenLines == 0) say(what + " " + std::to_string(count));
  }
  int steps_ = 0;

 private:
  Ticket ticket_;
  wire::Hello hello_;
};

/// One connection that is welcomed.
class SingleLine : public ViewerAttack {
 public:
  using ViewerAttack::ViewerAttack;

 protected:
  /// Called once it is welcomed.
  virtual void harm(sim::RawLine& line) = 0;

 private:
  void harm(Instant now) override {
    if (!line_) line_ = dial(now);
    if (line_->closed) {
      if (!std::exchange(told_, true)) say("closed " + std::to_string(line_->closed->code));
      return;
    }
    if (!line_->ready) return;
    if (line_->sends.empty()) say_hello(*line_);
    if (line_->last<wire::Welcome>()) harm(*line_);
  }

  std::shared_ptr<sim::RawLine> line_;
  bool told_ = false;
};

class ViewerWithoutAcks final : public SingleLine {
 public:
  using SingleLine::SingleLine;

 private:
  void harm(sim::RawLine& line) override {
    ask_and_withhold(line, !end().deaf_above);
    end().deaf_above = kUnheardBytes;
  }
};

class Keyframes final : public SingleLine {
 public:
  using SingleLine::SingleLine;

 private:
  static constexpr int kStepsBetween = 25;

  void harm(sim::RawLine& line) override {
    if (steps_ % kStepsBetween == 0) line.send(wire::KeyframeRequest{});
    say_now_and_then("groups", static_cast<std::ptrdiff_t>(line.received.size()) - 1);
    for (auto& [stream, bytes] : line.received) bytes.clear();
  }
};

class Handshakes final : public ViewerAttack {
 public:
  using ViewerAttack::ViewerAttack;

 private:
  void harm(Instant now) override {
    dial(now);
    say_now_and_then("handshakes",
                     std::ranges::count_if(end().lines, [](const auto& line) { return line->ready; }));
  }
};

/// The next one comes as soon as the last one was welcomed, which then hears and acknowledges nothing more.
class Sessions final : public ViewerAttack {
 public:
  using ViewerAttack::ViewerAttack;

 private:
  void harm(Instant now) override {
    const auto& lines = end().lines;
    const bool is_welcome = !lines.empty() && lines.back()->last<wire::Welcome>();
    if (is_welcome) lines.back()->deaf = true;
    if (lines.empty() || lines.back()->closed || is_welcome) dial(now);
    auto& line = *lines.back();
    if (line.ready && line.connection && line.sends.empty()) say_hello(line);
    say_now_and_then("welcomes", std::ranges::count_if(lines, [](const auto& one) {
                       return one->template last<wire::Welcome>() != nullptr;
                     }));
  }
};

/// "01ff…"; what is missing is zero.
tunnel::Knock parse_knock(const std::string& digits) {
  constexpr int kHexadecimal = 16;
  tunnel::Knock knock{};
  for (std::size_t i = 0; i < knock.size() && 2 * i + 2 <= digits.size(); ++i)
    knock[i] = static_cast<std::uint8_t>(std::stoi(digits.substr(2 * i, 2), nullptr, kHexadecimal));
  return knock;
}

class CopiedKnock final : public ViewerAttack {
 public:
  CopiedKnock(boost::asio::io_context& io, const Ticket& ticket, const std::string& digits)
      : ViewerAttack(io, ticket), knock_(parse_knock(digits)) {}

 private:
  void harm(Instant now) override {
    if (!line_) line_ = dial(now, knock_);
    say_now_and_then("handshakes", line_->ready ? 1 : 0);
  }

  tunnel::Knock knock_;
  std::shared_ptr<sim::RawLine> line_;
};

/// Sends what it is given, once before that in a damaged form.
class DamagingSink final : public net::DatagramSink {
 public:
  explicit DamagingSink(net::DatagramSink& next) : next_(next) {}
  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    Bytes copy(bytes.begin(), bytes.end());
    copy[copy.size() / 2] ^= 1;  // of what is encrypted
    return next_.send(path, copy, segment, ecn) && next_.send(path, bytes, segment, ecn);
  }

 private:
  net::DatagramSink& next_;
};

class DamagingEnd final : public sim::RawEnd {
 public:
  using RawEnd::RawEnd;
  bool flush(net::DatagramSink& sink, Instant now) override {
    DamagingSink damaging(sink);
    return RawEnd::flush(damaging, now);
  }
};

class DamagedFirst final : public SingleLine {
 public:
  using SingleLine::SingleLine;

 private:
  std::unique_ptr<sim::RawEnd> make_end() override {
    return std::make_unique<DamagingEnd>(driver_.local(), system_random);
  }
  void harm(sim::RawLine& line) override { say_now_and_then("welcomes", line.closed ? 0 : 1); }
};

}  // namespace

std::unique_ptr<Attack> make_viewer_attack(boost::asio::io_context& io, const std::string& mode,
                                           const Ticket& ticket, const std::string& knock) {
  if (mode == "no-acks") return std::make_unique<ViewerWithoutAcks>(io, ticket);
  if (mode == "handshakes") return std::make_unique<Handshakes>(io, ticket);
  if (mode == "sessions") return std::make_unique<Sessions>(io, ticket);
  if (mode == "keyframes") return std::make_unique<Keyframes>(io, ticket);
  if (mode == "copied-knock") return std::make_unique<CopiedKnock>(io, ticket, knock);
  if (mode == "damaged-first") return std::make_unique<DamagedFirst>(io, ticket);
  return nullptr;
}

}  // namespace pixelpass::attacker
