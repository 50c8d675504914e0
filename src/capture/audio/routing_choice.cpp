#include "pixelpass/capture/audio/routing.hpp"

#include "capture/audio/app_names.hpp"
#include "capture/audio/property_values.hpp"

#include <algorithm>

namespace pixelpass::capture {
namespace {

bool is_of_class(const Properties& properties, std::string_view beginning) {
  return text_of(properties, "media.class").starts_with(beginning);
}

/// Whether an application plays the stream, neither a device nor a filter.
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

/// For an output: the channels of all that is linked to it. If one stream does not name its channels, any may
/// be played.
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
  // A native PipeWire stream has its program's name only at its client.
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
