#pragma once

#include "pixelpass/app/events.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace pixelpass::app {

/// Passes a host's events on, and remembers what may be asked for later: the ticket, what is shared, who
/// watches. For that, statistics are gathered even if nobody else wants them. Sans-IO. Thread: network.
class HostJournal final : public EventSink {
 public:
  explicit HostJournal(EventSink& next) : next_(next) {}

  void on(const Event& event) override;
  [[nodiscard]] bool broken() const override { return next_.broken(); }

  /// The answer to `status`: "state" ("starting", "sharing", "paused", with its "reason"), the fields of
  /// `sharing`, "viewers", each with what is known of it, and "stats", those of the last second (null before
  /// the first).
  [[nodiscard]] boost::json::object status() const;
  /// How many viewers watch.
  [[nodiscard]] std::size_t watching() const { return viewers_.size(); }
  /// The fields of `ticket`, and the browsers' "links" if there are some; nullopt: there is no ticket yet.
  [[nodiscard]] std::optional<boost::json::object> ticket() const;

 private:
  void keep(const TicketReady& event) { ticket_ = event; }
  void keep(const LinkReady& event) { links_ = event; }
  void keep(const Sharing& event);
  void keep(const Paused& event) { paused_ = event.reason; }
  void keep(const ViewerJoined& event) { viewers_[event.viewer] = event; }
  void keep(const ViewerLeft& event) { viewers_.erase(event.viewer); }
  void keep(const HostStats& event) { stats_ = event; }
  template <class Other>
  void keep(const Other&) {}

  EventSink& next_;
  std::optional<TicketReady> ticket_;
  std::optional<LinkReady> links_;
  std::optional<Sharing> sharing_;
  std::optional<std::string> paused_;
  std::map<std::uint32_t, ViewerJoined> viewers_;  ///< who watches, by number
  std::optional<HostStats> stats_;
};

}  // namespace pixelpass::app
