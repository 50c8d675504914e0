#include "capture/portal/picture_stream.hpp"

#include "pixelpass/base/owner.hpp"

#include "capture/portal/picture_slots.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

namespace pixelpass::capture {
namespace {

// What nodes are called, which PipeWire 0.3 names after the program; the end-to-end tests ask the real ones.
/// Plasma 5.27's: kwin_wayland.
constexpr std::string_view kOfKWin = "kwin";
/// A portal that asks the compositor for each picture, and would be given none of a still screen again.
constexpr std::string_view kOfPortal = "xdg-desktop-portal";

pw_properties* stream_properties() {
  return pw_properties_new(
      PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_ROLE, "Screen",
      PW_KEY_NODE_NAME, "pixelpass", PW_KEY_NODE_DESCRIPTION, "pixelpass", PW_KEY_APP_NAME, "pixelpass",
      PW_KEY_MEDIA_NAME, "what viewers see", kOwnerProperty, owner_tag().c_str(),
      // Never another source, such as a camera, in its place.
      PW_KEY_NODE_DONT_RECONNECT, "true", "node.dont-move", "true", "state.restore-target", "false", nullptr);
}

}  // namespace

/// What PipeWire calls, in its C shape.
struct PictureStream::Events {
  static void core_error(void* self, std::uint32_t id, int, int result, const char*) noexcept {
    // Errors of one object come to it as well; the core's own end the connection.
    if (id == PW_ID_CORE && result == -EPIPE) static_cast<PictureStream*>(self)->stop();
  }
  static void global(void* self, std::uint32_t id, std::uint32_t, const char*, std::uint32_t,
                     const spa_dict* properties) noexcept {
    auto& stream = *static_cast<PictureStream*>(self);
    const char* name = properties != nullptr ? spa_dict_lookup(properties, PW_KEY_NODE_NAME) : nullptr;
    if (id != stream.node_ || name == nullptr) return;
    stream.falls_asleep_ = std::string_view(name).starts_with(kOfKWin);
    stream.redraws_ = !std::string_view(name).starts_with(kOfPortal);
  }
  static void global_removed(void* self, std::uint32_t id) noexcept {
    auto& stream = *static_cast<PictureStream*>(self);
    if (id == stream.node_) stream.stop();
  }
  static void state_changed(void* self, pw_stream_state, pw_stream_state state, const char*) noexcept {
    static_cast<PictureStream*>(self)->on_state(state);
  }
  static void param_changed(void* self, std::uint32_t id, const spa_pod* parameter) noexcept {
    if (id == SPA_PARAM_Format) static_cast<PictureStream*>(self)->on_format(parameter);
  }
  static void add_buffer(void* self, pw_buffer* buffer) noexcept {
    static_cast<PictureStream*>(self)->on_buffer(buffer);
  }
  static void remove_buffer(void* self, pw_buffer* buffer) noexcept {
    static_cast<PictureStream*>(self)->on_buffer_gone(buffer);
  }
  static void process(void* self) noexcept { static_cast<PictureStream*>(self)->take_pictures(); }
  static void returned(void* self, std::uint64_t) noexcept {
    static_cast<PictureStream*>(self)->take_returns();
  }

  static void impatient(void* self, std::uint64_t) noexcept {
    static_cast<PictureStream*>(self)->on_no_picture();
  }

  static const pw_core_events kCore;
  static const pw_registry_events kRegistry;
  static const pw_stream_events kStream;
};

const pw_core_events PictureStream::Events::kCore = [] {
  pw_core_events events{};
  events.version = PW_VERSION_CORE_EVENTS;
  events.error = &Events::core_error;
  return events;
}();
const pw_registry_events PictureStream::Events::kRegistry{PW_VERSION_REGISTRY_EVENTS, &Events::global,
                                                          &Events::global_removed};
const pw_stream_events PictureStream::Events::kStream = [] {
  pw_stream_events events{};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.state_changed = &Events::state_changed;
  events.param_changed = &Events::param_changed;
  events.add_buffer = &Events::add_buffer;
  events.remove_buffer = &Events::remove_buffer;
  events.process = &Events::process;
  return events;
}();

PictureStream::PictureStream(ScreenLoop& loop, Descriptor remote, std::uint32_t node,
                             const StreamOffer& offer, Callbacks callbacks)
    : loop_(loop),
      callbacks_(std::move(callbacks)),
      node_(node),
      offered_(offer),
      returns_(std::make_shared<Returns>()) {
  const ScreenLoop::Lock lock(loop_);
  core_.reset(pw_context_connect_fd(loop_.context(), remote.release(), nullptr, 0));
  if (!core_) {
    stop();
    return;
  }
  core_listener_.emplace();
  pw_core_add_listener(core_.get(), core_listener_->hook(), &Events::kCore, this);
  registry_.reset(pw_core_get_registry(core_.get(), PW_VERSION_REGISTRY, 0));
  returned_.emplace(loop_.loop(), pw_loop_add_event(loop_.loop(), &Events::returned, this));
  patience_.emplace(loop_.loop(), pw_loop_add_timer(loop_.loop(), &Events::impatient, this));
  // One without them would be given another source, such as a camera, in its place.
  if (auto* properties = stream_properties())
    stream_.reset(pw_stream_new(core_.get(), "pixelpass", properties));
  if (!registry_ || !stream_ || returned_->get() == nullptr || patience_->get() == nullptr) {
    stop();
    return;
  }
  returns_->open(loop_.loop(), returned_->get());
  registry_listener_.emplace();
  pw_registry_add_listener(registry_.get(), registry_listener_->hook(), &Events::kRegistry, this);
  stream_listener_.emplace();
  pw_stream_add_listener(stream_.get(), stream_listener_->hook(), &Events::kStream, this);
  connect_stream();
}

PictureStream::~PictureStream() {
  const ScreenLoop::Lock lock(loop_);
  returns_->close();
  // Nothing may come of the loop any more: PipeWire 1.4 gives the lock away while a stream ends.
  returned_.reset();
  patience_.reset();
  stream_listener_.reset();
  registry_listener_.reset();
  core_listener_.reset();
  if (stream_) leave_stream();
  stream_.reset();
  registry_.reset();
  core_.reset();
}

/// PipeWire 0.3.65 does not take back what the data thread has left for the loop's to do with a stream: it
/// has to be done before that is gone. The lock is given away meanwhile, and has to be held for that.
void PictureStream::leave_stream() {
  pw_stream_disconnect(stream_.get());
  const auto nothing = [](spa_loop*, bool, std::uint32_t, const void*, std::size_t, void*) { return 0; };
  pw_loop_invoke(loop_.loop(), nothing, 0, nullptr, 0, true, nullptr);
}

void PictureStream::connect_stream() {
  StreamParameters parameters(offered_);
  const auto formats = parameters.get();
  constexpr auto kFlags =
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_DONT_RECONNECT);
  if (pw_stream_connect(stream_.get(), PW_DIRECTION_INPUT, node_, kFlags, formats.data(),
                        static_cast<std::uint32_t>(formats.size())) < 0)
    stop();
}

void PictureStream::offer(const StreamOffer& offer) {
  const ScreenLoop::Lock lock(loop_);
  if (stopped_ || offer == offered_) return;
  const bool was_importing = is_importing();
  offered_ = offer;
  import_told_ = false;
  // Where the format stays as it is, so do the buffers.
  if (is_importing() != was_importing)
    for (const auto& slot : slots_) take_memory_of(*slot);
  StreamParameters parameters(offer);
  const auto formats = parameters.get();
  if (pw_stream_update_params(stream_.get(), formats.data(), static_cast<std::uint32_t>(formats.size())) < 0)
    stop();
}

PictureMemory PictureStream::memory() const {
  return dma_buf_ ? PictureMemory::kDmaBuf : PictureMemory::kShared;
}

std::optional<Size> PictureStream::size() const {
  const ScreenLoop::Lock lock(loop_);
  return format_ ? std::optional(format_->size) : std::nullopt;
}

std::optional<std::uint64_t> PictureStream::take_failed_import() {
  if (!import_failed_.exchange(false)) return std::nullopt;
  return failed_layout_;
}

std::optional<SharedMemory> PictureStream::take_failed_mapping() {
  if (!mapping_failed_.exchange(false)) return std::nullopt;
  return failed_mapping_;
}

void PictureStream::stop() {
  stopped_ = true;
  callbacks_.on_change();
}

void PictureStream::on_format(const spa_pod* parameter) {
  if (parameter == nullptr) return;
  const auto before = std::exchange(format_, read_format(parameter));
  if (!format_) return stop();
  const bool was_undecided = std::exchange(undecided_, is_undecided(parameter));
  StreamParameters parameters(*format_, offered_.shared, callbacks_.on_pointer != nullptr, undecided_);
  const auto wanted = parameters.get();
  if (pw_stream_update_params(stream_.get(), wanted.data(), static_cast<std::uint32_t>(wanted.size())) < 0)
    return stop();
  if (slots_.empty()) bare_since_ = Clock::now();
  dma_buf_ = format_->modifier.has_value();
  import_told_ = false;
  const bool chosen =
      was_undecided && before &&
      StreamFormat{before->pixels, before->size, format_->modifier, before->is_limited} == *format_;
  // Negotiated anew without a change, as after an offer of ours, it owes no picture.
  if (format_ != before && !chosen) {
    formatted_at_ = Clock::now();
    if (before) await_picture();
  }
  if (undecided_ || was_undecided) await_choice(!was_undecided);
  unchosen_ = is_unchosen();
  agreed_ = true;
  if (callbacks_.on_size) callbacks_.on_size(format_->size);
  callbacks_.on_change();
}

}  // namespace pixelpass::capture
