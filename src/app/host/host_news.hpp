#pragma once

#include "pixelpass/app/events.hpp"

#include "app/host/desktop_notice.hpp"
#include "app/host/host_journal.hpp"

#include <cstddef>
#include <functional>

namespace pixelpass::app {

/// Where a host's events go: to whoever reads them, into the journal for who asks later, and those of viewers
/// who join and leave onto the desktop. Thread: network.
class HostNews final : public EventSink {
 public:
  using Show = std::function<void(DesktopNotice)>;

  /// `next`: who reads the events; outlives it. `show`: on the desktop; none: nothing is shown there.
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

/// On the user's desktop; none: it is not `wanted`, or there is no desktop.
HostNews::Show desktop_here(bool wanted);

}  // namespace pixelpass::app
