#include "app/host/host_page.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/traversal/address_scope.hpp"
#include "pixelpass/web/page.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

/// `frame-ancestors` works in an HTTP header alone: no other page may embed this one.
net::Page page_to_serve() {
  return {web::page(),
          {{"Content-Type", "text/html; charset=utf-8"},
           {"Content-Security-Policy", std::string(web::page_policy()) + "; frame-ancestors 'none'"},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Resource-Policy", "same-origin"}}};
}

Notice no_page_notice(const Error& why, bool has_copy) {
  return {
      "browsers cannot get the page from here: " + why.what,
      has_copy ? "the link to --page goes on working" : "share again, or with another --bind ADDRESS:PORT"};
}

}  // namespace

HostPage::HostPage(boost::asio::io_context& io, EventSink& events, const Settings& settings)
    : io_(io), events_(events), maps_port_(settings.maps_port) {
  places_.url = settings.url;
}

void HostPage::open(const SocketAddress& bound) {
  try {
    server_ = std::make_unique<net::PageServer>(io_, bound, page_to_serve());
    places_.is_served = true;
    if (maps_port_ && !bound.is_loopback()) map_port(bound);
  } catch (const StartupError& error) {
    events_.on(no_page_notice(error.error(), !places_.url.empty()));
  }
}

/// Maps the page's TCP port separately from the tunnel's: routers map UDP and TCP each for itself, and the
/// outer ports may differ.
void HostPage::map_port(const SocketAddress& bound) {
  traversal::PortMapper::Settings settings;
  settings.transport = traversal::MappedTransport::kTcp;
  mapper_ = std::make_unique<traversal::PortMapper>(
      io_, bound,
      traversal::PortMapper::Handlers{
          .on_mapped = [this](const auto& mapping) { on_mapped(mapping.outer); },
          .on_lost = [this](const auto& mapping) { on_mapping_lost(mapping.outer); },
          .on_failed = [this](const auto&) { tell(); }},  // what there was is gone
      settings);
}

/// The router's outer address is of no use behind a second router: nobody outside can reach it.
void HostPage::on_mapped(const SocketAddress& outer) {
  if (!traversal::is_global(outer)) return;
  (outer.is_v6() ? places_.mapped_v6 : places_.mapped_v4) = outer;
  tell();
}

void HostPage::on_mapping_lost(const SocketAddress& outer) {
  auto& place = outer.is_v6() ? places_.mapped_v6 : places_.mapped_v4;
  if (place == outer) place = SocketAddress();
  tell();
}

void HostPage::on_network_change() {
  if (!mapper_) return;
  places_.mapped_v4 = places_.mapped_v6 = SocketAddress();
  mapper_->restart();  // on_ticket() follows, if it comes to something else
}

void HostPage::close() {
  server_.reset();
  places_.is_served = false;
  ticket_.clear();
}

void HostPage::on_ticket(const std::string& ticket, const std::vector<Candidate>& candidates) {
  ticket_ = ticket;
  candidates_ = candidates;
  tell();
}

void HostPage::tell() {
  if (ticket_.empty()) return;
  auto links = page_links(ticket_, candidates_, places_);
  if (links == told_) return;
  told_ = std::move(links);
  events_.on(LinkReady{told_});
}

}  // namespace pixelpass::app
