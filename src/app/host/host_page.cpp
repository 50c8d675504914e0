#include "app/host/host_page.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/web/page.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

/// `frame-ancestors` counts in a head alone: nobody shows the page within theirs.
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

HostPage::HostPage(boost::asio::io_context& io, EventSink& events, const std::string& url)
    : io_(io), events_(events) {
  places_.url = url;
}

void HostPage::open(const SocketAddress& bound) {
  try {
    server_ = std::make_unique<net::PageServer>(io_, bound, page_to_serve());
    places_.is_served = true;
  } catch (const StartupError& error) {
    events_.on(no_page_notice(error.error(), !places_.url.empty()));
  }
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
