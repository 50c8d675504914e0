#include "app/host/host_news.hpp"

#include "app/host/desktop_notifier.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace pixelpass::app {

HostNews::HostNews(EventSink& next, std::size_t max_viewers, Show show)
    : max_viewers_(max_viewers), show_(std::move(show)), journal_(next) {}

void HostNews::on(const Event& event) {
  journal_.on(event);
  if (!show_) return;
  if (const auto* joined = std::get_if<ViewerJoined>(&event)) show(*joined);
  if (const auto* left = std::get_if<ViewerLeft>(&event)) show(*left);
}

HostNews::Show desktop_here(bool wanted) {
  auto settings = DesktopNotifier::settings_here();
  if (!settings || !wanted) return {};
  const auto notifier = std::make_shared<DesktopNotifier>(*std::move(settings));
  return [notifier](DesktopNotice notice) { notifier->show(std::move(notice)); };
}

}  // namespace pixelpass::app
