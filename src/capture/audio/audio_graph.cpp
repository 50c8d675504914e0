#include "pixelpass/capture/audio/audio_graph.hpp"

#include "pixelpass/base/owner.hpp"

#include "capture/audio/pipewire_failure.hpp"
#include <pipewire/extensions/metadata.h>
#include <spa/debug/types.h>
#include <spa/param/audio/format-utils.h>
#include <spa/param/audio/type-info.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace pixelpass::capture {
namespace {

Properties properties_of(const spa_dict* dict) {
  Properties properties;
  if (dict == nullptr) return properties;
  for (std::uint32_t i = 0; i < dict->n_items; ++i)
    if (dict->items[i].key != nullptr && dict->items[i].value != nullptr)
      properties[dict->items[i].key] = dict->items[i].value;
  return properties;
}

/// The channels of a format that an application offers; empty: it does not name them.
ChannelNames channels_of(const spa_pod* format) {
  spa_audio_info_raw info{};
  if (spa_format_audio_raw_parse(format, &info) < 0 || (info.flags & SPA_AUDIO_FLAG_UNPOSITIONED) != 0)
    return {};
  ChannelNames names;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(info.channels, SPA_AUDIO_MAX_CHANNELS); ++i) {
    const char* name = spa_debug_type_find_short_name(spa_type_audio_channel, info.position[i]);
    if (name == nullptr) return {};
    names.emplace(name);
  }
  return names;
}

PipeWireOwned<pw_core> connect(pw_context* context) {
  auto* core = pw_context_connect(context, nullptr, 0);
  if (core == nullptr) throw StartupError(unreachable_pipewire(errno));
  return PipeWireOwned<pw_core>(core);
}

}  // namespace

struct AudioGraph::Bound {
  Bound(AudioGraph& owner, ObjectId number, pw_proxy* adopted) : graph(owner), id(number), proxy(adopted) {}

  AudioGraph& graph;
  ObjectId id;
  PipeWireOwned<pw_proxy> proxy;
  PipeWireListener listener;
};

struct AudioGraph::Link {
  Link(AudioGraph& owner, const Route& between, pw_proxy* adopted)
      : graph(owner), route(between), proxy(adopted) {}

  AudioGraph& graph;
  Route route;
  PipeWireOwned<pw_proxy> proxy;
  bool over = false;  ///< to be freed, but not within its own callback
  PipeWireListener listener;
};

/// The callbacks for PipeWire's C interface.
struct AudioGraph::Events {
  static void core_error(void* self, std::uint32_t id, int, int result, const char*) noexcept {
    // Errors of one object come to its proxy as well; the core's own end the connection.
    if (id == PW_ID_CORE && result == -EPIPE) static_cast<AudioGraph*>(self)->callbacks_.on_lost();
  }
  static void global(void* self, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t,
                     const spa_dict* properties) noexcept {
    static_cast<AudioGraph*>(self)->on_global(id, type, properties_of(properties));
  }
  static void global_removed(void* self, std::uint32_t id) noexcept {
    static_cast<AudioGraph*>(self)->on_global_removed(id);
  }
  static void node_info(void* bound, const pw_node_info* info) noexcept {
    if ((info->change_mask & PW_NODE_CHANGE_MASK_PROPS) == 0) return;
    const auto& self = *static_cast<Bound*>(bound);
    self.graph.routing_.on_node(self.id, properties_of(info->props));
    self.graph.changed();
  }
  static void node_param(void* bound, int, std::uint32_t id, std::uint32_t, std::uint32_t,
                         const spa_pod* param) noexcept {
    if (id != SPA_PARAM_EnumFormat || param == nullptr) return;
    const auto& self = *static_cast<Bound*>(bound);
    self.graph.routing_.on_channels(self.id, channels_of(param));
    self.graph.changed();
  }
  static void client_info(void* bound, const pw_client_info* info) noexcept {
    if ((info->change_mask & PW_CLIENT_CHANGE_MASK_PROPS) == 0) return;
    const auto& self = *static_cast<Bound*>(bound);
    self.graph.routing_.on_client(self.id, properties_of(info->props));
    self.graph.changed();
  }
  static int metadata(void* bound, std::uint32_t subject, const char* key, const char*,
                      const char* value) noexcept {
    if (subject == PW_ID_CORE && key != nullptr) static_cast<Bound*>(bound)->graph.on_default(key, value);
    return 0;
  }
  static void link_removed(void* link) noexcept {
    auto& self = *static_cast<Link*>(link);
    self.over = true;
    self.graph.changed();
  }
  static void link_error(void* link, int, int, const char*) noexcept {
    auto& self = *static_cast<Link*>(link);
    self.graph.routing_.on_link_failed(self.route, Clock::now());
    link_removed(link);
  }
  static void update(void* self, std::uint64_t) noexcept { static_cast<AudioGraph*>(self)->update_links(); }

  static const pw_core_events kCore;
  static const pw_registry_events kRegistry;
  static const pw_node_events kNode;
  static const pw_client_events kClient;
  static const pw_metadata_events kMetadata;
  static const pw_proxy_events kLink;
};

const pw_core_events AudioGraph::Events::kCore = [] {
  pw_core_events events{};
  events.version = PW_VERSION_CORE_EVENTS;
  events.error = &Events::core_error;
  return events;
}();
const pw_registry_events AudioGraph::Events::kRegistry{PW_VERSION_REGISTRY_EVENTS, &Events::global,
                                                       &Events::global_removed};
const pw_node_events AudioGraph::Events::kNode{PW_VERSION_NODE_EVENTS, &Events::node_info,
                                               &Events::node_param};
const pw_client_events AudioGraph::Events::kClient{PW_VERSION_CLIENT_EVENTS, &Events::client_info, nullptr};
const pw_metadata_events AudioGraph::Events::kMetadata{PW_VERSION_METADATA_EVENTS, &Events::metadata};
const pw_proxy_events AudioGraph::Events::kLink = [] {
  pw_proxy_events events{};
  events.version = PW_VERSION_PROXY_EVENTS;
  events.removed = &Events::link_removed;
  events.error = &Events::link_error;
  return events;
}();

AudioGraph::AudioGraph(pw_context* context, Routing routing, AudioGate& gate, Callbacks callbacks,
                       bool active)
    : routing_(std::move(routing)),
      callbacks_(std::move(callbacks)),
      loop_(pw_context_get_main_loop(context)),
      core_(connect(context)),
      registry_(pw_core_get_registry(core_.get(), PW_VERSION_REGISTRY, 0)),
      update_(loop_, pw_loop_add_event(loop_, &Events::update, this)),
      retry_timer_(loop_, pw_loop_add_timer(loop_, &Events::update, this)),
      stream_core_(connect(context)) {
  if (!registry_ || update_.get() == nullptr || retry_timer_.get() == nullptr)
    throw StartupError(broken_pipewire_library());
  pw_core_add_listener(core_.get(), core_listener_.hook(), &Events::kCore, this);
  pw_registry_add_listener(registry_.get(), registry_listener_.hook(), &Events::kRegistry, this);
  pw_core_add_listener(stream_core_.get(), stream_core_listener_.hook(), &Events::kCore, this);
  stream_.emplace(stream_core_.get(), gate,
                  AudioStream::Callbacks{[this](ObjectId node) {
                                           routing_.on_capture_node(node);
                                           changed();
                                         },
                                         [this] { callbacks_.on_lost(); }},
                  AudioStream::Options{active, routing_.waits_for_others()});
}

AudioGraph::~AudioGraph() = default;

void AudioGraph::on_global(ObjectId id, std::string_view type, Properties properties) {
  if (type == PW_TYPE_INTERFACE_Port) {
    routing_.on_port(id, properties);
  } else if (type == PW_TYPE_INTERFACE_Link) {
    routing_.on_link(id, properties);
  } else if (type == PW_TYPE_INTERFACE_Client) {
    bind(id, PW_TYPE_INTERFACE_Client, PW_VERSION_CLIENT, &Events::kClient);
  } else if (type == PW_TYPE_INTERFACE_Node) {
    // For a device this event says enough; for a stream all properties are needed.
    if (properties["media.class"].starts_with("Stream/Output/Audio"))
      bind(id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, &Events::kNode);
    else
      routing_.on_node(id, std::move(properties));
  } else if (type == PW_TYPE_INTERFACE_Metadata && properties["metadata.name"] == "default") {
    bind(id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, &Events::kMetadata);
  } else {
    return;
  }
  changed();
}

void AudioGraph::bind(ObjectId id, const char* type, std::uint32_t version, const void* events) {
  auto* proxy = static_cast<pw_proxy*>(pw_registry_bind(registry_.get(), id, type, version, 0));
  // An application that we know nothing of is neither heard nor known to be a call.
  if (proxy == nullptr) return callbacks_.on_lost();
  auto bound = std::make_unique<Bound>(*this, id, proxy);
  pw_proxy_add_object_listener(proxy, bound->listener.hook(), events, bound.get());
  if (events == &Events::kNode) {
    std::uint32_t wanted = SPA_PARAM_EnumFormat;
    if (pw_node_subscribe_params(reinterpret_cast<pw_node*>(proxy), &wanted, 1) < 0) callbacks_.on_lost();
  }
  bound_[id] = std::move(bound);
}

void AudioGraph::on_global_removed(ObjectId id) {
  bound_.erase(id);
  routing_.on_removed(id, Clock::now());
  changed();
}

void AudioGraph::on_default(std::string_view key, const char* value) {
  if (key == "default.audio.sink")
    routing_.on_default_sink(name_in_metadata(value));
  else if (key == "default.audio.source")
    routing_.on_default_source(name_in_metadata(value));
  else
    return;
  changed();
}

void AudioGraph::changed() {
  pw_loop_signal_event(loop_, update_.get());
}

void AudioGraph::update_links() {
  std::erase_if(links_, [](const Link& link) { return link.over; });
  const auto now = Clock::now();
  const auto changes = routing_.poll(now);
  for (const ObjectId link : changes.destroy) destroy_link(link);
  for (const Route& route : changes.make) make_link(route);
  if (const auto next = routing_.next_timeout()) {
    const auto wait = std::chrono::nanoseconds(std::max<Duration>(*next - now, 1ms));
    timespec value{wait / 1s, (wait % 1s).count()};
    pw_loop_update_timer(loop_, retry_timer_.get(), &value, nullptr, false);
  }
  callbacks_.on_changed();
}

/// Our own links are destroyed through their proxies: by the time the server reads a number, it may be
/// another object's.
void AudioGraph::destroy_link(ObjectId id) {
  const auto is_it = [&](const Link& link) { return pw_proxy_get_bound_id(link.proxy.get()) == id; };
  if (std::erase_if(links_, is_it) == 0) pw_registry_destroy(registry_.get(), id);
}

void AudioGraph::make_link(const Route& route) {
  auto* properties = pw_properties_new(kOwnerProperty, owner_tag().c_str(), PW_KEY_LINK_PASSIVE,
                                       routing_.waits_for_others() ? "true" : "false", nullptr);
  if (properties == nullptr) return routing_.on_link_failed(route, Clock::now());
  pw_properties_setf(properties, PW_KEY_LINK_OUTPUT_NODE, "%u", route.output_node);
  pw_properties_setf(properties, PW_KEY_LINK_OUTPUT_PORT, "%u", route.output_port);
  pw_properties_setf(properties, PW_KEY_LINK_INPUT_NODE, "%u", route.input_node);
  pw_properties_setf(properties, PW_KEY_LINK_INPUT_PORT, "%u", route.input_port);
  auto* proxy = static_cast<pw_proxy*>(pw_core_create_object(
      core_.get(), "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &properties->dict, 0));
  pw_properties_free(properties);
  if (proxy == nullptr) {
    routing_.on_link_failed(route, Clock::now());
    return;
  }
  Link& link = links_.emplace_back(*this, route, proxy);
  pw_proxy_add_listener(proxy, link.listener.hook(), &Events::kLink, &link);
}

}  // namespace pixelpass::capture
