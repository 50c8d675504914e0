#include "pixelpass/capture/audio/routing.hpp"

#include "pixelpass/base/owner.hpp"

#include "capture/audio/property_values.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::capture {
namespace {

bool is_true(const Properties& properties, std::string_view key) {
  const auto& text = text_of(properties, key);
  return text == "true" || text == "1";
}

}  // namespace

Routing::Routing(AudioSettings settings, IsOurProcess is_our_process)
    : settings_(std::move(settings)), is_our_process_(std::move(is_our_process)) {}

void Routing::on_client(ObjectId id, Properties properties) {
  clients_[id] = std::move(properties);
  for (auto& [node_id, node] : nodes_)
    if (node.client == id) take_client(node);
}

void Routing::on_node(ObjectId id, Properties properties) {
  Node& node = nodes_[id];
  node.properties = std::move(properties);
  node.client = number_of<ObjectId>(node.properties, "client.id");
  take_client(node);
}

void Routing::take_client(Node& node) const {
  if (!node.client) {
    node.client_known = true;
  } else if (const auto client = clients_.find(*node.client); client != clients_.end()) {
    node.client_known = true;
    node.client_properties = client->second;
  }
  auto process = number_of<pid_t>(node.properties, "application.process.id");
  if (!process) process = number_of<pid_t>(node.client_properties, "application.process.id");
  if (!process) process = number_of<pid_t>(node.client_properties, "pipewire.sec.pid");
  node.ours = node.properties.contains(kOwnerProperty) || (process && is_our_process_(*process));
}

void Routing::on_port(ObjectId id, const Properties& properties) {
  const auto node = number_of<ObjectId>(properties, "node.id");
  // Other formats are not plain sound: MIDI, or encoded audio that is passed through.
  if (!node || text_of(properties, "format.dsp") != "32 bit float mono audio") return;
  ports_[id] = Port{*node, number_of<std::uint32_t>(properties, "port.id").value_or(0),
                    text_of(properties, "port.direction") == "out", is_true(properties, "port.monitor"),
                    text_of(properties, "audio.channel")};
}

void Routing::on_link(ObjectId id, const Properties& properties) {
  const auto part = [&](std::string_view key) { return number_of<ObjectId>(properties, key).value_or(0); };
  const Route route{part("link.output.node"), part("link.output.port"), part("link.input.node"),
                    part("link.input.port")};
  links_[id] = route;
  asked_for_.erase(route);
}

void Routing::on_removed(ObjectId id, Instant now) {
  if (const auto link = links_.find(id); link != links_.end()) {
    if (given_up_.erase(id) == 0 && link->second.input_node == capture_node_) retry_later(link->second, now);
    links_.erase(link);
  }
  if (ports_.erase(id) > 0) forget_routes_of(id);
  clients_.erase(id);
  nodes_.erase(id);
  channels_.erase(id);
  if (capture_node_ == id) capture_node_.reset();
}

void Routing::on_link_failed(const Route& route, Instant now) {
  if (asked_for_.erase(route) > 0) retry_later(route, now);
}

void Routing::retry_later(const Route& route, Instant now) {
  if (!ports_.contains(route.output_port) || !ports_.contains(route.input_port)) return;
  Retry& retry = retries_[route];
  retry.at = now + retry.backoff.on_failed();
}

void Routing::forget_routes_of(ObjectId port) {
  const auto has_it = [&](const Route& route) {
    return route.output_port == port || route.input_port == port;
  };
  std::erase_if(asked_for_, has_it);
  std::erase_if(retries_, [&](const auto& entry) { return has_it(entry.first); });
}

Routing::Changes Routing::poll(Instant now) {
  Changes changes;
  timeout_.reset();
  const auto wanted_routes = wanted();
  const auto present_routes = present(wanted_routes, changes.destroy);
  for (const Route& route : wanted_routes) {
    if (present_routes.contains(route) || asked_for_.contains(route)) continue;
    if (const auto retry = retries_.find(route); retry != retries_.end() && retry->second.at > now) {
      timeout_ = std::min(timeout_.value_or(retry->second.at), retry->second.at);
      continue;
    }
    asked_for_.insert(route);
    changes.make.push_back(route);
  }
  return changes;
}

std::optional<Instant> Routing::next_timeout() const {
  return timeout_;
}

std::set<Route> Routing::present(const std::set<Route>& wanted, std::vector<ObjectId>& destroy) {
  std::set<Route> routes;
  for (const auto& [id, route] : links_) {
    if (route.input_node != capture_node_ || given_up_.contains(id)) continue;
    if (wanted.contains(route) && routes.insert(route).second) continue;
    given_up_.insert(id);
    destroy.push_back(id);
  }
  return routes;
}

}  // namespace pixelpass::capture
