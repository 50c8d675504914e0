#include "app/host/host_reach.hpp"

#include "pixelpass/net/page_server.hpp"

#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

std::unique_ptr<HostPage> page_of(const HostOptions& options, boost::asio::io_context& io,
                                  EventSink& events) {
  if (!options.web) return nullptr;
  return std::make_unique<HostPage>(io, events, HostPage::Settings{options.page, options.port_mapping});
}

}  // namespace

HostReach::HostReach(boost::asio::io_context& io, const HostOptions& options, const TicketTerms& terms,
                     HostSession& session, EventSink& events)
    : driver_(io, options.web ? net::with_shared_port(options.bind) : options.bind),
      page_(page_of(options, io, events)),
      ways_(io, session, events, {options, terms, driver_.local(), [this] { wake(); }, page_.get()}) {}

/// The ways still wake the driver while they end, so it has to be stopped first.
HostReach::~HostReach() {
  driver_.stop();
}

void HostReach::start(std::function<void(Instant)> on_turn) {
  driver_.start(ways_.core(), std::move(on_turn));
  ways_.start();
}

void HostReach::open() {
  if (page_) page_->open(driver_.local());
  ways_.tell_tickets();
  wake();
}

void HostReach::on(const HostEvent& event, Instant now) {
  if (const auto* joined = std::get_if<ViewerJoined>(&event)) ways_.on_joined(joined->path);
  if (const auto* left = std::get_if<ViewerLeft>(&event)) ways_.on_left(left->viewer, now);
}

void HostReach::close() {
  if (page_) page_->close();
  ways_.leave();
  driver_.stop();
}

}  // namespace pixelpass::app
