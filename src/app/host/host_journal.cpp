#include "app/host/host_journal.hpp"

#include "pixelpass/app/event_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

boost::json::object without_name(const Event& event) {
  auto object = to_json(event);
  object.erase("event");
  return object;
}

void add(boost::json::object& to, const boost::json::object& fields) {
  for (const auto& [key, value] : fields) to[key] = value;
}

/// The statistics of this viewer; none before the first second is over.
boost::json::object statistics_of(std::uint32_t viewer, const boost::json::object& stats) {
  const auto* list = stats.if_contains("viewers");
  if (list == nullptr) return {};
  for (const auto& entry : list->as_array())
    if (entry.at("viewer").to_number<std::uint32_t>() == viewer) return entry.as_object();
  return {};
}

}  // namespace

void HostJournal::on(const Event& event) {
  std::visit([this](const auto& what) { keep(what); }, event);
  if (!std::holds_alternative<HostStats>(event) || next_.wants_stats()) next_.on(event);
}

void HostJournal::keep(const Sharing& event) {
  sharing_ = event;
  paused_.reset();
}

boost::json::object HostJournal::status() const {
  boost::json::object status{{"state", paused_ ? "paused" : sharing_ ? "sharing" : "starting"}};
  if (paused_) status["reason"] = *paused_;
  if (sharing_) add(status, without_name(*sharing_));
  const auto stats = stats_ ? without_name(*stats_) : boost::json::object{};
  boost::json::array viewers;
  for (const auto& [number, joined] : viewers_) {
    auto viewer = without_name(joined);
    add(viewer, statistics_of(number, stats));
    viewers.emplace_back(std::move(viewer));
  }
  // Statistics stay in an object of their own: the stream's rate is a limit, theirs was measured.
  auto last_second = stats;
  last_second.erase("viewers");
  last_second.erase("publishes");
  const auto* publishes = stats.if_contains("publishes");
  status["publishes"] = publishes == nullptr ? boost::json::array() : publishes->as_array();
  status["viewers"] = std::move(viewers);
  status["stats"] = stats_ ? boost::json::value(std::move(last_second)) : boost::json::value(nullptr);
  return status;
}

std::optional<boost::json::object> HostJournal::ticket() const {
  if (!ticket_) return std::nullopt;
  auto ticket = without_name(*ticket_);
  if (links_ && !links_->links.empty()) ticket["links"] = to_json(*links_).at("urls");
  return ticket;
}

}  // namespace pixelpass::app
