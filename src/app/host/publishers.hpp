#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/host/host.hpp"
#include "pixelpass/publish/publisher.hpp"

#include "app/host/host_session.hpp"
#include "app/meters.hpp"
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace pixelpass::app {

/// The engines to which a host brings its stream (`--publish`), each independent of the others. The session
/// is told which engines take the stream, and which ask for a keyframe. Thread: network.
class Publishers {
 public:
  /// `wake` is called whenever the session was told something. `session` and `events` outlive it.
  Publishers(boost::asio::io_context& io, const HostOptions& options, HostSession& session, EventSink& events,
             std::function<void()> wake);

  /// The source has started.
  void start();
  void on_broadcast();
  void on_unit(const AccessUnit& unit);
  /// All are told that it is over, and called no more; `done` comes within three seconds.
  void stop(std::function<void()> done);
  void add_to(HostStats& stats, Instant now);

 private:
  struct Engine {
    std::unique_ptr<publish::Publisher> publisher;
    Rate rate;
  };

  publish::Publisher::Handlers handlers_of(const publish::Target& target, std::size_t number);
  void count();

  HostSession& session_;
  EventSink& events_;
  const std::function<void()> wake_;
  std::vector<Engine> engines_;
  PublishedTo open_;
};

}  // namespace pixelpass::app
