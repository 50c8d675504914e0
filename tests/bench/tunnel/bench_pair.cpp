#include "bench_pair.hpp"

#include "pixelpass/base/process_usage.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

namespace pixelpass::bench {
namespace {

tunnel::HostSettings host_settings(const tunnel::Identity& identity) {
  return {.identity = identity, .name = "bench", .stream = {}};
}

tunnel::ViewerSettings viewer_settings(const Ticket& ticket, std::chrono::milliseconds latency) {
  tunnel::ViewerSettings settings;
  settings.ticket = ticket;
  settings.name = "bench";
  settings.latency = latency;
  return settings;
}

void write_all(int fd, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const auto written = write(fd, bytes, size);
    if (written <= 0) _exit(3);
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

bool read_all(int fd, void* data, std::size_t size) {
  auto* bytes = static_cast<char*>(data);
  while (size > 0) {
    const auto got = read(fd, bytes, size);
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

Host::Host(boost::asio::io_context& io, std::size_t max_viewers, Broadcast::Limits limits)
    : broadcast(limits),
      driver_(io, SocketAddress::loopback(0)),
      identity_(tunnel::Identity::generate(system_random)),
      places_(max_viewers),
      tunnel_(host_settings(identity_), broadcast, places_, system_random, Clock::now(), system_wall_time) {
  driver_.start(tunnel_, [this](Instant) {
    while (auto event = tunnel_.poll_event())
      if (on_event) on_event(*event);
  });
}

Ticket Host::ticket() const {
  Ticket ticket;
  ticket.fingerprint = identity_.fingerprint();
  ticket.secret = identity_.secret();
  ticket.candidates = {{CandidateKind::kHost, driver_.local()}};
  return ticket;
}

void Host::push(Frame frame) {
  broadcast.push(std::move(frame));
  tunnel_.on_broadcast();
  driver_.wake();
}

void Host::leave() {
  tunnel_.close("done", Clock::now());
  driver_.stop();
}

Viewer::Viewer(boost::asio::io_context& io, const Ticket& ticket, std::chrono::milliseconds latency,
               bool with_endpoint)
    : driver_(io, SocketAddress::loopback(0)),
      tunnel_(viewer_settings(ticket, latency), driver_.local(), system_random, Clock::now(),
              system_wall_time),
      reader_(latency) {
  if (with_endpoint) endpoint_.emplace(io, SocketAddress::loopback(0), broadcast_, system_random);
  driver_.start(tunnel_, [this](Instant now) { on_turn(now); });
}

Viewer::~Viewer() {
  driver_.stop();
}

void Viewer::on_turn(Instant now) {
  while (auto event = tunnel_.poll_event()) {
    if (auto* media = std::get_if<tunnel::MediaFrame>(&*event))
      reader_.on_frame(media->group, media->index, std::move(media->frame), now);
    else if (const auto* ended = std::get_if<tunnel::GroupEnded>(&*event))
      reader_.on_group_ended(ended->group, ended->complete, now);
    if (on_event) on_event(*event);
  }
  while (auto frame = reader_.poll_frame()) {
    if (on_frame) on_frame(*frame);
    if (!endpoint_) continue;
    broadcast_.push(std::move(*frame));
    endpoint_->on_broadcast();
  }
}

void Viewer::leave() {
  tunnel_.close("done", Clock::now());
  driver_.stop();
}

Frame stamped_frame(std::size_t bytes, bool keyframe) {
  Bytes payload(bytes, 'x');
  const auto now = Clock::now();
  const Stamp stamp{.made_at = now.time_since_epoch().count(), .bytes = bytes};
  std::memcpy(payload.data(), &stamp, sizeof stamp);
  return {SharedBytes::adopt(std::move(payload)), now, keyframe, false};
}

Child::Child(const std::function<Report()>& child) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    const auto report = child();
    const auto count = report.size();
    write_all(ends[1], &count, sizeof count);
    write_all(ends[1], report.data(), count * sizeof(double));
    _exit(0);
  }
  close(ends[1]);
  pipe_ = ends[0];
}

Child::~Child() {
  close(pipe_);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Child::Report Child::wait() {
  std::size_t count = 0;
  if (!read_all(pipe_, &count, sizeof count)) throw std::runtime_error("a benchmark's process died");
  Report report(count);
  if (!read_all(pipe_, report.data(), count * sizeof(double)))
    throw std::runtime_error("a benchmark's process died");
  return report;
}

double cpu_seconds() {
  return std::chrono::duration<double>(process_cpu_time()).count();
}

}  // namespace pixelpass::bench
