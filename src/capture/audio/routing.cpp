#include "pixelpass/capture/audio/routing.hpp"

#include "pixelpass/base/owner.hpp"

#include "capture/audio/app_names.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr auto kFirstRest = 100ms;
constexpr int kDoublings = 6;  // 6.4 s at the most

/// Empty: it has none.
const std::string& text_of(const Properties& properties, std::string_view key) {
  static const std::string kNone;
  const auto found = properties.find(key);
  return found == properties.end() ? kNone : found->second;
}

template <class Number>
std::optional<Number> number_of(const Properties& properties, std::string_view key) {
  const auto& text = text_of(properties, key);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_true(const Properties& properties, std::string_view key) {
  const auto& text = text_of(properties, key);
  return text == "true" || text == "1";
}

bool is_of_class(const Properties& properties, std::string_view beginning) {
  return text_of(properties, "media.class").starts_with(beginning);
}

/// An application plays it, neither a device nor a filter.
bool is_application_stream(const Properties& properties) {
  return text_of(properties, "media.class") == "Stream/Output/Audio" &&
         text_of(properties, "node.link-group").empty() && text_of(properties, "device.id").empty() &&
         text_of(properties, "device.api").empty();
}

void add_names(const Properties& properties, std::vector<std::string>& names) {
  for (const char* key : {"application.name", "application.process.binary", "node.name", "application.id",
                          "pipewire.access.portal.app_id"})
    if (const auto& name = text_of(properties, key); !name.empty()) names.push_back(name);
}

bool has_role_of_a_call(const Properties& properties) {
  const auto& role = text_of(properties, "media.role");
  return stands_for("communication", role) || stands_for("phone", role);  // the latter is PulseAudio's word
}

bool any_stands_for(const std::vector<std::string>& sought, const std::vector<std::string>& names) {
  return std::ranges::any_of(sought, [&](const auto& one) {
    return std::ranges::any_of(names, [&](const auto& name) { return stands_for(one, name); });
  });
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
  // Anything else is not sound: MIDI, or an encoded stream that is passed through.
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
    if (given_up_.erase(id) == 0 && link->second.input_node == capture_node_) let_rest(link->second, now);
    links_.erase(link);
  }
  if (ports_.erase(id) > 0) forget_routes_of(id);
  clients_.erase(id);
  nodes_.erase(id);
  channels_.erase(id);
  if (capture_node_ == id) capture_node_.reset();
}

void Routing::on_link_failed(const Route& route, Instant now) {
  if (asked_for_.erase(route) > 0) let_rest(route, now);
}

void Routing::let_rest(const Route& route, Instant now) {
  if (!ports_.contains(route.output_port) || !ports_.contains(route.input_port)) return;
  Rest& rest = resting_[route];
  rest.until = now + kFirstRest * (1 << std::min(rest.times, kDoublings));
  ++rest.times;
}

void Routing::forget_routes_of(ObjectId port) {
  const auto has_it = [&](const Route& route) {
    return route.output_port == port || route.input_port == port;
  };
  std::erase_if(asked_for_, has_it);
  std::erase_if(resting_, [&](const auto& entry) { return has_it(entry.first); });
}

Routing::Changes Routing::poll(Instant now) {
  Changes changes;
  timeout_.reset();
  const auto wanted_routes = wanted();
  const auto present_routes = present(wanted_routes, changes.destroy);
  for (const Route& route : wanted_routes) {
    if (present_routes.contains(route) || asked_for_.contains(route)) continue;
    if (const auto rest = resting_.find(route); rest != resting_.end() && rest->second.until > now) {
      timeout_ = std::min(timeout_.value_or(rest->second.until), rest->second.until);
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

std::set<Route> Routing::wanted() const {
  std::set<Route> routes;
  for (const auto& [id, node] : nodes_)
    if (wants(id, node)) want(id, routes);
  return routes;
}

void Routing::want(ObjectId node, std::set<Route>& routes) const {
  const auto outputs = ports_of(node, true, settings_.mode == AudioMode::kMonitor);
  const auto inputs = input_ports();
  const auto played = played_by(node);
  ChannelNames names;
  for (const auto& [id, port] : outputs) names.insert(port->channel);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!is_played(outputs[i].second->channel, names, played)) continue;
    const auto from = places_of(outputs[i].second->channel, i, outputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k)
      if ((from & places_of(inputs[k].second->channel, k, inputs.size())).any())
        routes.insert({node, outputs[i].first, *capture_node_, inputs[k].first});
  }
}

/// Of an output: what all play that are linked to it. One that does not say may play anything.
ChannelNames Routing::played_by(ObjectId node) const {
  const auto of = [&](ObjectId id) {
    const auto found = channels_.find(id);
    return found == channels_.end() ? ChannelNames{} : found->second;
  };
  if (settings_.mode != AudioMode::kMonitor) return of(node);
  ChannelNames all;
  for (const auto& [id, link] : links_) {
    if (link.input_node != node) continue;
    const auto some = of(link.output_node);
    if (some.empty()) return {};
    all.insert(some.begin(), some.end());
  }
  return all;
}

std::vector<Routing::PortOfNode> Routing::ports_of(ObjectId node, bool output, bool monitor) const {
  std::vector<PortOfNode> found;
  for (const auto& [id, port] : ports_)
    if (port.node == node && port.output == output && port.monitor == monitor) found.emplace_back(id, &port);
  std::ranges::sort(found, {}, [](const PortOfNode& port) { return port.second->number; });
  return found;
}

std::vector<Routing::PortOfNode> Routing::input_ports() const {
  return capture_node_ ? ports_of(*capture_node_, false, false) : std::vector<PortOfNode>{};
}

bool Routing::wants(ObjectId id, const Node& node) const {
  if (id == capture_node_) return false;
  const auto& name = text_of(node.properties, "node.name");
  const bool duplex = is_of_class(node.properties, "Audio/Duplex");
  switch (settings_.mode) {
    case AudioMode::kApps:
      return wants_stream(node);
    case AudioMode::kMonitor:
      return !name.empty() && name == default_sink_ && (duplex || is_of_class(node.properties, "Audio/Sink"));
    case AudioMode::kMic:
      return !name.empty() && name == default_source_ &&
             (duplex || is_of_class(node.properties, "Audio/Source"));
  }
  return false;
}

bool Routing::wants_stream(const Node& node) const {
  if (!is_application_stream(node.properties) || node.ours || !node.client_known) return false;
  std::vector<std::string> names;
  add_names(node.properties, names);
  // A stream straight over PipeWire has its program's name only at its client.
  add_names(node.client_properties, names);
  if (any_stands_for(settings_.excluded_apps, names)) return false;
  if (!settings_.only_apps.empty()) return any_stands_for(settings_.only_apps, names);
  return !is_call(node, names);
}

bool Routing::is_call(const Node& node, const std::vector<std::string>& names) const {
  return has_role_of_a_call(node.properties) || has_role_of_a_call(node.client_properties) ||
         is_communication_app(names) || any_stands_for(settings_.communication_apps, names);
}

bool Routing::hears_a_player_of_ours() const {
  return settings_.mode == AudioMode::kMonitor && std::ranges::any_of(nodes_, [](const auto& entry) {
           return entry.second.ours && is_application_stream(entry.second.properties);
         });
}

}  // namespace pixelpass::capture
