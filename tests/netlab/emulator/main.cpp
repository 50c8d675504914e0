// A line between two network namespaces, made of two TAP devices, that delays, loses and limits what is sent
// over it: sch_netem is not in every kernel.
//
//   link_emulator SEED NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B
//
// Standard input: a command a line, of words as words.hpp has them, or `counters`. Standard output: `ok`, the
// counters or what is wrong, once for each line, and once at the start. Ends with its input.
#include "link_direction.hpp"
#include "tap.hpp"
#include "words.hpp"
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

namespace {

using namespace netlab;

constexpr std::size_t kLargestFrame = 65536;
constexpr int kFramesATurn = 64;  // then the other direction has its turn
constexpr int kAll = std::numeric_limits<int>::max();

struct Line {
  std::array<int, 2> taps;
  std::array<LinkDirection, 2> directions;  // of what is read from the tap of the same number
};

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

std::string counters(const Line& line) {
  std::ostringstream said;
  for (const auto& direction : line.directions) {
    const auto& count = direction.counters();
    said << count.in << ' ' << count.out << ' ' << count.lost << ' ' << count.overflowed << ' '
         << count.too_large << ' ';
  }
  return said.str();
}

void apply_command(const std::string& command, Line& line) {
  if (command == "counters") {
    say(counters(line));
    return;
  }
  std::istringstream words{command};
  for (std::string word; words >> word;) {
    if (!apply_word(word, line.directions[0], line.directions[1])) {
      say("what is " + word + "?");
      return;
    }
  }
  say("ok");
}

/// False: the input has ended.
bool read_commands(std::string& input, Line& line) {
  std::array<char, 1024> buffer;
  const auto count = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) {
    return false;
  }
  input.append(buffer.data(), static_cast<std::size_t>(count));
  for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1)) {
    apply_command(input.substr(0, end), line);
  }
  return true;
}

void take(int tap, LinkDirection& direction, int most) {
  static std::array<std::uint8_t, kLargestFrame> buffer;
  for (int at = 0; at < most; ++at) {
    const auto count = read(tap, buffer.data(), buffer.size());
    if (count <= 0) {
      return;
    }
    direction.push(Frame(buffer.begin(), buffer.begin() + count), std::chrono::steady_clock::now());
  }
}

void deliver(int tap, LinkDirection& direction) {
  while (const auto frame = direction.pop(std::chrono::steady_clock::now())) {
    // A device that is down takes nothing: lost, as on a cable.
    [[maybe_unused]] const auto written = write(tap, frame->data(), frame->size());
  }
}

/// Until the next arrival, or for ever.
std::optional<timespec> wait_time(const Line& line) {
  std::optional<Instant> next;
  for (const auto& direction : line.directions) {
    if (const auto arrival = direction.next_arrival(); arrival && (!next || *arrival < *next)) {
      next = arrival;
    }
  }
  if (!next) {
    return std::nullopt;
  }
  const auto left = std::max(Duration::zero(), *next - std::chrono::steady_clock::now());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return timespec{seconds.count(), std::chrono::nanoseconds{left - seconds}.count()};
}

void run(Line& line) {
  std::string input;
  for (;;) {
    std::array<pollfd, 3> waiting{pollfd{line.taps[0], POLLIN, 0}, pollfd{line.taps[1], POLLIN, 0},
                                  pollfd{STDIN_FILENO, POLLIN, 0}};
    const auto time = wait_time(line);
    ppoll(waiting.data(), waiting.size(), time ? &*time : nullptr, nullptr);
    for (std::size_t side : {0U, 1U}) {
      deliver(line.taps[1 - side], line.directions[side]);
      if (waiting[side].revents != 0) {
        take(line.taps[side], line.directions[side], kFramesATurn);
      }
    }
    if (waiting[2].revents == 0) {
      continue;
    }
    // A command is for what is sent after it.
    for (std::size_t side : {0U, 1U}) {
      take(line.taps[side], line.directions[side], kAll);
    }
    if (!read_commands(input, line)) {
      return;
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) {
    std::fprintf(stderr, "usage: link_emulator SEED NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B\n");
    return 2;
  }
  try {
    // The kernel may otherwise wake us 50 µs late.
    prctl(PR_SET_TIMERSLACK, 1);
    const auto seed = std::stoull(words[1]);
    Line line{{open_tap(words[2], words[3]), open_tap(words[4], words[5])},
              {LinkDirection{seed}, LinkDirection{~seed}}};
    say("ok");
    run(line);
  } catch (const std::exception& failure) {
    say(failure.what());
    return 1;
  }
  return 0;
}
