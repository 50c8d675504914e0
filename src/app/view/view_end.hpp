#pragma once

#include "pixelpass/app/events.hpp"

#include "app/view/view_outputs.hpp"
#include "app/view/viewer_session.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// The last of a view: what is written to has its end, or people are told that it lacks it. Thread: network.
class ViewEnd {
 public:
  /// A disk that takes longer for the end of a recording is told of.
  static constexpr Duration kPatienceWithDisk = 1s;

  /// ViewOutputs::close().
  using CloseOutputs = std::function<void(std::function<void(const MissingEnds&)> done)>;

  /// All outlive it.
  ViewEnd(boost::asio::io_context& io, ViewerSession& session, CloseOutputs close_outputs, EventSink& events);

  /// The session has been closed. `done` comes when Ended has been told.
  void begin(std::function<void()> done);
  /// Nothing but what is still written is waited for.
  [[nodiscard]] bool has_begun() const { return has_begun_; }

 private:
  void tell(const MissingEnds& missing);

  ViewerSession& session_;
  const CloseOutputs close_outputs_;
  EventSink& events_;
  boost::asio::steady_timer patience_;
  bool has_begun_ = false;
};

}  // namespace pixelpass::app
