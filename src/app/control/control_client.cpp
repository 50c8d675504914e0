#include "app/control/control_client.hpp"

#include "pixelpass/base/local_socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace pixelpass::app {
namespace {

/// The longest answer: a thousand viewers fit.
constexpr std::size_t kMaxAnswer = 4 << 20;

/// Waits for the event. False: it has not come by the deadline.
bool wait_for(int fd, short what, Instant deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{fd, what, 0};
    const int found = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (found > 0) return true;
    if (found == 0 || errno != EINTR) return false;
  }
}

}  // namespace

ControlClient::ControlClient(const std::filesystem::path& socket)
    : connection_(connect_locally(socket)), lines_(kMaxAnswer) {}

bool ControlClient::send(std::string_view text, Instant deadline) {
  while (!text.empty()) {
    if (!wait_for(connection_.get(), POLLOUT, deadline)) return false;
    const auto sent = ::send(connection_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ControlClient::receive(Instant deadline) {
  std::array<char, 4096> bytes{};
  if (!wait_for(connection_.get(), POLLIN, deadline)) return false;
  const auto got = ::recv(connection_.get(), bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  is_closed_ = got <= 0;
  return got > 0 && lines_.feed({bytes.data(), static_cast<std::size_t>(got)});
}

std::optional<boost::json::object> ControlClient::ask(const ControlRequest& request, Duration patience) {
  const Instant deadline = Clock::now() + patience;
  if (!connection_.is_open() || !send(request_line(request) + "\n", deadline)) return std::nullopt;
  while (true) {
    if (const auto line = lines_.next()) return parse_answer(*line);
    if (!receive(deadline)) return std::nullopt;
  }
}

bool ControlClient::wait_for_end(Duration patience) {
  const Instant deadline = Clock::now() + patience;
  while (receive(deadline)) {
  }
  return is_closed_;
}

}  // namespace pixelpass::app
