#include "tunnel/viewer_links.hpp"

#include "tunnel/connection_settings.hpp"

#include <algorithm>
#include <memory>

namespace pixelpass::tunnel {

ViewerLinks::ViewerLinks(ViewerLink::Listener& listener, const ViewerSettings& settings, SocketAddress local,
                         Random random, WallClock wall_clock)
    : listener_(listener),
      settings_(settings),
      local_(local),
      random_(std::move(random)),
      wall_clock_(std::move(wall_clock)),
      tls_(TlsContext::viewer()),
      knock_(settings.ticket.secret) {
  random_(session_);
}

void ViewerLinks::dial(LinkId id, const net::Path& path, Instant now) {
  auto link = std::make_unique<ViewerLink>(listener_, id);
  ViewerLink& added = *link;
  auto connection = Connection::dial({tls_, set_.ids(), random_}, path, knock_.make(wall_clock_(), random_),
                                     settings_.ticket.fingerprint, std::move(link), now);
  added.bind(*connection);
  links_.push_back(&added);
  set_.add(std::move(connection));
}

wire::Hello ViewerLinks::hello() const {
  wire::Hello hello;
  hello.session = session_;
  hello.name = settings_.name;
  hello.latency = settings_.latency;
  return hello;
}

void ViewerLinks::say_hello(ViewerLink& link, std::optional<std::uint64_t> resume_after, Instant now) {
  touch(link);
  auto introduction = hello();
  introduction.resume_after = resume_after;
  link.say_hello(introduction, settings_.ticket.secret);
  link.send(wire::Ping{clock_reading(now)});
}

void ViewerLinks::stand_by(ViewerLink& link, bool move) {
  touch(link);
  auto introduction = hello();
  introduction.standby = true;
  link.say_hello(introduction, settings_.ticket.secret);
  if (move) link.send(wire::MoveMedia{});
  link.connection().set_keep_alive(kStandbyKeepAlive);
}

void ViewerLinks::close(ViewerLink& link, CloseCode code, const std::string& reason, Instant now) {
  touch(link);
  link.connection().close(code, reason, now);
}

void ViewerLinks::close_all(const std::string& reason, Instant now) {
  const auto links = links_;  // closing one takes it off the list
  for (auto* link : links) close(*link, CloseCode::kBye, reason, now);
}

ViewerLink* ViewerLinks::find(LinkId id) const {
  const auto found = std::ranges::find(links_, id, &ViewerLink::id);
  return found == links_.end() ? nullptr : *found;
}

net::Path ViewerLinks::as_ours(const net::Path& path) const {
  return {path.via == net::Via::kOwnRelay ? path.local : local_, path.remote, path.via};
}

void ViewerLinks::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  ByteView destination;
  Connection* connection = set_.route(bytes, destination);
  if (!connection) return;
  connection->on_datagram(as_ours(path), bytes, ecn, now);
  set_.touch(*connection);
}

}  // namespace pixelpass::tunnel
