#pragma once

#include "pixelpass/app/events.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace pixelpass::app {

/// Adds up what the demo's two processes say (their JSON events). Sans-IO.
class DemoReport {
 public:
  void on_host_event(const boost::json::object& event);
  void on_viewer_event(const boost::json::object& event);

  /// The last second, as the viewer saw it.
  [[nodiscard]] DemoProgress progress() const;
  /// The result so far; the caller fills in decoder and decoded pictures.
  [[nodiscard]] DemoResult result() const;
  [[nodiscard]] bool saw_picture() const { return saw_picture_; }
  /// Whether the user ended the player, as the viewer's reason says.
  [[nodiscard]] bool player_was_closed() const { return player_was_closed_; }
  /// The first `error` event of either side.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void on_error(const boost::json::object& event);

  DemoResult result_;
  DemoProgress progress_;
  std::vector<double> host_cpu_, viewer_cpu_;  ///< percent, one a second while pictures flowed
  std::vector<double> fps_, bitrate_;          ///< one a second
  std::optional<Error> failure_;
  bool saw_picture_ = false;
  bool player_was_closed_ = false;
};

}  // namespace pixelpass::app
