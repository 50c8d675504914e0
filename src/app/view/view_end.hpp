#pragma once

#include "pixelpass/app/events.hpp"

#include "app/view/view_outputs.hpp"
#include "app/view/viewer_session.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// The end of a view: files and pipes get their end, or people are told that it is missing. Thread: network.
class ViewEnd {
 public:
  /// If the disk takes longer than this for a recording's end, people are told.
  static constexpr Duration kPatienceWithDisk = 1s;

  /// ViewOutputs::close().
  using CloseOutputs = std::function<void(std::function<void(const MissingEnds&)> done)>;

  /// All outlive it.
  ViewEnd(boost::asio::io_context& io, ViewerSession& session, CloseOutputs close_outputs, EventSink& events);

  /// The session has been closed. `done` is called after Ended was told.
  void begin(std::function<void()> done);
  /// Whether only files and pipes are waited for.
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
