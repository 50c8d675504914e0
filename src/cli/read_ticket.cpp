#include "cli/read_ticket.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>

namespace pixelpass::cli {
namespace {

/// How long a pause ends a paste, whose lines come together.
constexpr std::chrono::milliseconds kPatience{500};
constexpr int kForEver = -1;

enum class Input : std::uint8_t { kByte, kPause, kEnd };

/// Reads a byte at a time, so that input after the ticket is left to the next reader.
Input read_byte(int input, int patience_ms, char& byte) {
  while (true) {
    pollfd wait{input, POLLIN, 0};
    const int ready = ::poll(&wait, 1, patience_ms);
    if (ready == 0) return Input::kPause;
    if (ready < 0 && errno != EINTR) return Input::kEnd;
    if (ready < 0) continue;
    const auto got = ::read(input, &byte, 1);
    if (got == 1) return Input::kByte;
    if (got == 0 || (errno != EINTR && errno != EAGAIN)) return Input::kEnd;
  }
}

}  // namespace

std::string read_ticket(int input, UnixTime now, const std::function<void(TicketError)>& on_waiting) {
  std::string text;
  bool said = false;
  while (text.size() < kMostTicketInput) {
    char byte = 0;
    const auto got = read_byte(input, said ? kForEver : static_cast<int>(kPatience.count()), byte);
    if (got == Input::kEnd) break;
    if (got == Input::kByte) {
      text += byte;
      said = false;
      if (byte != '\n') continue;
    }
    const auto ticket = decode_ticket(text, now);
    if (ticket) break;
    if (got == Input::kPause) on_waiting(ticket.error());
    said = got == Input::kPause;
  }
  return text;
}

}  // namespace pixelpass::cli
