#include "pixelpass/capture/audio/pipewire_objects.hpp"

#include "pixelpass/capture/audio/pipewire.hpp"

#include "capture/audio/pipewire_failure.hpp"
#include <pipewire/extensions/metadata.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace pixelpass::capture {
namespace {

using Properties = std::map<std::string, std::string, std::less<>>;

void add(Properties& into, const spa_dict* from) {
  for (std::uint32_t i = 0; from != nullptr && i < from->n_items; ++i)
    if (from->items[i].value != nullptr) into[from->items[i].key] = from->items[i].value;
}

std::optional<PipeWireKind> kind_of(std::string_view type) {
  if (type == PW_TYPE_INTERFACE_Node) return PipeWireKind::kNode;
  if (type == PW_TYPE_INTERFACE_Link) return PipeWireKind::kLink;
  if (type == PW_TYPE_INTERFACE_Module) return PipeWireKind::kModule;
  if (type == PW_TYPE_INTERFACE_Client) return PipeWireKind::kClient;
  return std::nullopt;
}

/// An object that we are bound to, so that PipeWire sends all of its properties: a global has only some of
/// them.
struct Bound {
  PipeWireObject object;
  PipeWireOwned<pw_proxy> proxy;
  spa_hook listener{};
};

template <class Info>
void on_info(void* data, const Info* info) noexcept {
  add(static_cast<Bound*>(data)->object.properties, info->props);
}

// Each kind of object has its own events. The tables are static, since PipeWire keeps the address.
void listen(Bound& bound) {
  static constexpr pw_node_events kNode{PW_VERSION_NODE_EVENTS, on_info<pw_node_info>, nullptr};
  static constexpr pw_link_events kLink{PW_VERSION_LINK_EVENTS, on_info<pw_link_info>};
  static constexpr pw_module_events kModule{PW_VERSION_MODULE_EVENTS, on_info<pw_module_info>};
  static constexpr pw_client_events kClient{PW_VERSION_CLIENT_EVENTS, on_info<pw_client_info>, nullptr};
  const void* events = nullptr;
  switch (bound.object.kind) {
    case PipeWireKind::kNode:
      events = &kNode;
      break;
    case PipeWireKind::kLink:
      events = &kLink;
      break;
    case PipeWireKind::kModule:
      events = &kModule;
      break;
    case PipeWireKind::kClient:
      events = &kClient;
      break;
  }
  pw_proxy_add_object_listener(bound.proxy.get(), &bound.listener, events, &bound);
}

StartupError does_not_work() {
  return StartupError(broken_pipewire_library());
}

}  // namespace

std::string PipeWireObject::property(std::string_view key) const {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string() : found->second;
}

class PipeWireObjects::Impl {
 public:
  explicit Impl(Duration timeout) : timeout_(timeout) {}
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void connect();
  /// Waits until PipeWire has dealt with all requests so far. Throws StartupError.
  void round_trip();
  std::vector<std::uint32_t> remove(std::span<const std::uint32_t> ids);

  std::string version_;
  std::string default_sink_;
  std::map<std::uint32_t, std::unique_ptr<Bound>> bound_;

 private:
  void run();
  void on_global(std::uint32_t id, std::string_view type, std::uint32_t version, const spa_dict* properties);
  void bind_metadata(std::uint32_t id, const spa_dict* properties);
  void on_gone(std::uint32_t id);
  int on_metadata(std::uint32_t subject, const char* key, const char* value);
  void on_error(std::uint32_t id, int code, const char* message);

  Duration timeout_;
  PipeWireOwned<pw_main_loop> loop_;
  PipeWireOwned<pw_context> context_;
  PipeWireOwned<pw_core> core_;
  PipeWireOwned<pw_registry> registry_;
  PipeWireOwned<pw_proxy> metadata_;
  spa_hook core_listener_{};
  spa_hook registry_listener_{};
  spa_hook metadata_listener_{};
  int awaited_ = -1;  ///< the sync that ends a run
  bool answered_ = false;
  std::string failure_;
  std::vector<std::uint32_t> to_remove_;  ///< to be removed, and not gone yet
  bool removing_ = false;                 ///< the run ends when none of them is left
};

PipeWireObjects::Impl::~Impl() {
  bound_.clear();
  metadata_.reset();
  registry_.reset();
  core_.reset();
  context_.reset();
  loop_.reset();
  pw_deinit();
}

void PipeWireObjects::Impl::connect() {
  pw_init(nullptr, nullptr);
  loop_.reset(pw_main_loop_new(nullptr));
  context_.reset(loop_ ? pw_context_new(pw_main_loop_get_loop(loop_.get()), nullptr, 0) : nullptr);
  if (!context_) throw does_not_work();
  core_.reset(pw_context_connect(context_.get(), nullptr, 0));
  if (!core_) throw StartupError(unreachable_pipewire(errno));
  static constexpr auto kCore = [] {
    pw_core_events events{};
    events.version = PW_VERSION_CORE_EVENTS;
    events.info = [](void* data, const pw_core_info* info) {
      static_cast<Impl*>(data)->version_ = info->version;
    };
    events.done = [](void* data, std::uint32_t, int sequence) {
      auto& self = *static_cast<Impl*>(data);
      if (sequence != self.awaited_) return;
      self.answered_ = true;
      pw_main_loop_quit(self.loop_.get());
    };
    events.error = [](void* data, std::uint32_t id, int, int code, const char* message) {
      static_cast<Impl*>(data)->on_error(id, code, message);
    };
    return events;
  }();
  pw_core_add_listener(core_.get(), &core_listener_, &kCore, this);
  registry_.reset(pw_core_get_registry(core_.get(), PW_VERSION_REGISTRY, 0));
  if (!registry_) throw does_not_work();
  static constexpr pw_registry_events kRegistry{
      PW_VERSION_REGISTRY_EVENTS,
      [](void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t version,
         const spa_dict* properties) { static_cast<Impl*>(data)->on_global(id, type, version, properties); },
      [](void* data, std::uint32_t id) { static_cast<Impl*>(data)->on_gone(id); }};
  pw_registry_add_listener(registry_.get(), &registry_listener_, &kRegistry, this);
  round_trip();  // which objects there are; each is bound as it is named
  round_trip();  // their properties
}

void PipeWireObjects::Impl::on_global(std::uint32_t id, std::string_view type, std::uint32_t version,
                                      const spa_dict* properties) {
  if (type == PW_TYPE_INTERFACE_Metadata) return bind_metadata(id, properties);
  const auto kind = kind_of(type);
  if (!kind) return;
  auto bound = std::make_unique<Bound>();
  bound->object.id = id;
  bound->object.kind = *kind;
  add(bound->object.properties, properties);
  bound->proxy.reset(
      static_cast<pw_proxy*>(pw_registry_bind(registry_.get(), id, std::string(type).c_str(), version, 0)));
  if (bound->proxy) listen(*bound);
  bound_[id] = std::move(bound);
}

void PipeWireObjects::Impl::bind_metadata(std::uint32_t id, const spa_dict* properties) {
  const char* name = properties != nullptr ? spa_dict_lookup(properties, "metadata.name") : nullptr;
  if (name == nullptr || std::string_view(name) != "default" || metadata_) return;
  metadata_.reset(static_cast<pw_proxy*>(
      pw_registry_bind(registry_.get(), id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, 0)));
  if (!metadata_) return;
  static constexpr pw_metadata_events kMetadata{
      PW_VERSION_METADATA_EVENTS,
      [](void* data, std::uint32_t subject, const char* key, const char*, const char* value) {
        return static_cast<Impl*>(data)->on_metadata(subject, key, value);
      }};
  pw_proxy_add_object_listener(metadata_.get(), &metadata_listener_, &kMetadata, this);
}

int PipeWireObjects::Impl::on_metadata(std::uint32_t subject, const char* key, const char* value) {
  if (subject == PW_ID_CORE && key != nullptr && std::string_view(key) == "default.audio.sink")
    default_sink_ = name_in_metadata(value);
  return 0;
}

void PipeWireObjects::Impl::on_gone(std::uint32_t id) {
  bound_.erase(id);
  if (std::erase(to_remove_, id) > 0 && to_remove_.empty() && removing_) pw_main_loop_quit(loop_.get());
}

void PipeWireObjects::Impl::on_error(std::uint32_t id, int code, const char* message) {
  // An object's error: it went away while we asked about it. The core's: the connection is over.
  if (id != PW_ID_CORE || code == -ENOENT) return;
  failure_ = message != nullptr ? message : std::strerror(-code);
  pw_main_loop_quit(loop_.get());
}

void PipeWireObjects::Impl::run() {
  pw_loop* loop = pw_main_loop_get_loop(loop_.get());
  LoopSource timer(
      loop, pw_loop_add_timer(
                loop, [](void* data, std::uint64_t) { pw_main_loop_quit(static_cast<pw_main_loop*>(data)); },
                loop_.get()));
  // Without the timer nothing would end the run if PipeWire does not answer.
  if (timer.get() == nullptr) throw does_not_work();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout_);
  timespec after{seconds.count(), static_cast<long>(std::chrono::nanoseconds(timeout_ - seconds).count())};
  pw_loop_update_timer(loop, timer.get(), &after, nullptr, false);
  pw_main_loop_run(loop_.get());
}

void PipeWireObjects::Impl::round_trip() {
  answered_ = false;
  awaited_ = pw_core_sync(core_.get(), PW_ID_CORE, 0);
  run();
  if (!failure_.empty()) throw StartupError("the connection to PipeWire broke: " + failure_, pipewire_hint());
  if (!answered_)
    throw StartupError("PipeWire is there, but does not answer",
                       "start it again: systemctl --user restart pipewire wireplumber");
}

std::vector<std::uint32_t> PipeWireObjects::Impl::remove(std::span<const std::uint32_t> ids) {
  for (const std::uint32_t id : ids)
    if (bound_.contains(id)) to_remove_.push_back(id);
  // PipeWire reuses a number as soon as it is free, so objects that have gone since the list was made are
  // struck off first. An object that goes in the instant after that is a risk that PipeWire's protocol
  // leaves.
  round_trip();
  for (const std::uint32_t id : to_remove_) pw_registry_destroy(registry_.get(), id);
  removing_ = true;
  if (!to_remove_.empty()) run();
  removing_ = false;
  return std::exchange(to_remove_, {});
}

PipeWireObjects::PipeWireObjects(Duration timeout) : impl_(std::make_unique<Impl>(timeout)) {
  impl_->connect();
}

PipeWireObjects::~PipeWireObjects() = default;

std::string PipeWireObjects::version() const {
  return impl_->version_;
}

std::string PipeWireObjects::default_sink() const {
  return impl_->default_sink_;
}

std::vector<PipeWireObject> PipeWireObjects::list() const {
  std::vector<PipeWireObject> objects;
  for (const auto& [id, bound] : impl_->bound_) objects.push_back(bound->object);
  return objects;
}

std::vector<std::uint32_t> PipeWireObjects::remove(std::span<const std::uint32_t> ids) {
  return impl_->remove(ids);
}

}  // namespace pixelpass::capture
