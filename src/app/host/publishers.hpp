#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/publish/publisher.hpp"

#include "app/host/host_session.hpp"
#include "app/meters.hpp"
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace pixelpass::app {

/// The engines that a host brings its stream to (`--publish`), each by itself. Thread: network. `broadcast`
/// outlives it.
class Publishers {
 public:
  struct Handlers {
    std::function<void(const Event&)> tell;
    /// Who takes the stream has changed. One more than before begins with the next keyframe.
    std::function<void(const PublishedTo&)> on_open;
    /// The engine of this number asks for one.
    std::function<void(std::size_t engine)> on_keyframe_wanted;
  };

  Publishers(boost::asio::io_context& io, const std::vector<publish::Target>& targets,
             const Broadcast& broadcast, bool has_sound, Handlers handlers);

  /// The source is there.
  void start();
  void on_broadcast();
  void on_unit(const AccessUnit& unit);
  /// All are told that it is over, and called no more; `done` comes within a second.
  void stop(std::function<void()> done);
  void add_to(HostStats& stats, Instant now);

 private:
  struct Engine {
    std::unique_ptr<publish::Publisher> publisher;
    Rate rate;
  };

  publish::Publisher::Handlers handlers_of(const publish::Target& target, std::size_t number);
  void count();

  const Handlers handlers_;
  std::vector<Engine> engines_;
  PublishedTo open_;
};

}  // namespace pixelpass::app
