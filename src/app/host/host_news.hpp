#pragma once

#include "pixelpass/app/events.hpp"

#include "app/host/desktop_notice.hpp"
#include "app/host/host_journal.hpp"

#include <cstddef>
#include <functional>

namespace pixelpass::app {

/// Distributes a host's events: to their reader, into the journal for later questions, and viewers' joining
/// and leaving to the desktop. Thread: network.
class HostNews final : public EventSink {
 public:
  using Show = std::function<void(DesktopNotice)>;

  /// `next`: the reader of events; outlives it. `show`: shows a notification; none: nothing is shown on the
  /// desktop.
  HostNews(EventSink& next, std::size_t max_viewers, Show show);

  void on(const Event& event) override;
  [[nodiscard]] bool broken() const override { return journal_.broken(); }
  [[nodiscard]] HostJournal& journal() { return journal_; }

 private:
  template <class Change>
  void show(const Change& change) {
    show_(desktop_notice(change, journal_.watching(), max_viewers_));
  }

  const std::size_t max_viewers_;
  const Show show_;
  HostJournal journal_;
};

/// Shows notifications on the user's desktop; empty: they are not `wanted`, or there is no desktop.
HostNews::Show desktop_here(bool wanted);

}  // namespace pixelpass::app
