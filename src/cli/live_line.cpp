#include "cli/live_line.hpp"

#include "cli/quantities.hpp"
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace pixelpass::cli {
namespace {

std::string whole_ms(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

}  // namespace

std::string live_line(const app::ReceiveStats& stats, std::size_t columns) {
  const std::array<std::string, 4> parts{
      stats.path.is_relayed() ? "over a relay" : "direct",
      bitrate_text(stats.bitrate_bps),
      "lag " + whole_ms(stats.lag_p50 + stats.player_lag.value_or(Duration{})),
      std::to_string(stats.skipped_groups) + " skipped",
  };
  std::string line;
  for (const auto& part : parts) {
    const std::string longer = line.empty() ? part : line + ", " + part;
    // Some terminals wrap after writing the last column.
    if (longer.size() >= columns) break;
    line = longer;
  }
  return line;
}

std::size_t terminal_columns(int fd) {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

bool is_in_background(int fd) {
  const pid_t front = ::tcgetpgrp(fd);
  return front >= 0 && front != ::getpgrp();
}

bool can_overwrite(int fd) {
  const char* term = std::getenv("TERM");
  return ::isatty(fd) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

}  // namespace pixelpass::cli
