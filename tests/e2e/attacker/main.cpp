// A peer that has a ticket and means harm, for hostile_test.py. Speaks to loopback only.
//   attacker host MODE [PORT]     a hostile host: prints its ticket, then what it does to whoever comes
//   attacker view MODE TICKET [KNOCK]   a hostile viewer; with a knock that it copied, as hexadecimal digits
//   attacker local PORT [UID]     another user of the machine, at the port where players get the stream
// See as_host.cpp and as_viewer.cpp for the modes. Ends when it is killed.

#include "attack.hpp"

#include <cstdio>
#include <string_view>
#include <vector>

namespace pixelpass::attacker {
namespace {

constexpr Duration kTick = 2ms;

int usage() {
  std::fputs(
      "usage: attacker host MODE [PORT] | attacker view MODE TICKET [KNOCK] | attacker local PORT [UID]\n",
      stderr);
  return 2;
}

std::unique_ptr<Attack> make_attack(boost::asio::io_context& io, const std::vector<std::string>& words) {
  if (words.size() >= 2 && words.size() <= 3 && words[0] == "host")
    return make_host_attack(io, words[1], words.size() == 3 ? words[2] : "");
  if (words.size() < 3 || words.size() > 4 || words[0] != "view") return nullptr;
  const auto ticket = decode_ticket(words[2], system_wall_time());
  const bool is_usable = ticket && !ticket->candidates.empty();
  const bool is_ours = is_usable && ticket->candidates[0].address.is_loopback();
  const std::string knock = words.size() == 4 ? words[3] : "";
  return is_ours ? make_viewer_attack(io, words[1], *ticket, knock) : nullptr;
}

}  // namespace

Attack::Attack(boost::asio::io_context& io, const SocketAddress& bind) : driver_(io, bind), timer_(io) {}

void Attack::run() {
  end_ = make_end();
  driver_.start(*end_, [](Instant) {});
  tick();
}

void Attack::tick() {
  step(Clock::now());
  end_->touch_all();
  driver_.wake();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const auto& error) {
    if (!error) tick();
  });
}

void ask_and_withhold(sim::RawLine& line, bool first) {
  constexpr int kUnheardPings = 14;
  constexpr int kHeardPings = 4;
  constexpr std::size_t kAhead = 64 << 10;
  if (line.sends.front().unsent_bytes() > kAhead) return;
  for (int i = 0; i < (first ? kUnheardPings : kHeardPings); ++i) line.send(wire::Ping{});
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace pixelpass::attacker

int main(int argc, char** argv) {
  using namespace pixelpass::attacker;
  boost::asio::io_context io;
  const std::vector<std::string> words{argv + 1, argv + argc};
  if (words.size() >= 2 && words[0] == "local") {
    start_local_attack(io, words[1], words.size() > 2 ? words[2] : "");
    io.run();
    return 0;
  }
  const auto attack = make_attack(io, words);
  if (!attack) return usage();
  attack->run();
  io.run();
}
