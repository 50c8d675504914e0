#include "capture/portal/picture_stream.hpp"

#include "pixelpass/base/owner.hpp"

#include "capture/portal/capture_time.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace pixelpass::capture {
namespace {

/// One that is encoded, one that waits for the encoder. Handing over another makes them give one back.
constexpr int kMostHeld = 2;
/// What changes its size is drawn anew, and at once. Where it is not, KWin is started again: that does it no
/// harm, while xdg-desktop-portal-wlr loses the picture that it is taking, which on a still screen is the
/// last.
constexpr auto kWakeAfter = 5ms;
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

/// One of the source's buffers.
struct PictureStream::Slot : std::enable_shared_from_this<Slot> {
  pw_buffer* buffer = nullptr;  ///< the loop's thread; null: the source has given it up
  std::unique_ptr<StreamMemory> memory;
};

/// Buffers that nobody uses any more, from whichever thread noticed to the loop's.
class PictureStream::Returns {
 public:
  void open(pw_loop* loop, spa_source* event) {
    loop_ = loop;
    event_ = event;
  }
  /// What comes back from now on is not looked at.
  void close() {
    const std::lock_guard lock(mutex_);
    event_ = nullptr;
  }
  void give(std::shared_ptr<Slot> slot) {
    const std::lock_guard lock(mutex_);
    slots_.push_back(std::move(slot));
    if (event_ != nullptr) pw_loop_signal_event(loop_, event_);
  }
  std::vector<std::shared_ptr<Slot>> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(slots_, {});
  }

 private:
  pw_loop* loop_ = nullptr;
  std::mutex mutex_;  ///< guards the rest
  spa_source* event_ = nullptr;
  std::vector<std::shared_ptr<Slot>> slots_;
};

/// Lasts as long as a picture is in use.
struct PictureStream::Lease {
  Lease(std::shared_ptr<Slot> of, std::shared_ptr<Returns> to)
      : slot(std::move(of)), returns(std::move(to)) {}
  ~Lease() { returns->give(std::move(slot)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::shared_ptr<Slot> slot;
  std::shared_ptr<Returns> returns;
};

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
  stream_.reset(pw_stream_new(core_.get(), "pixelpass", stream_properties()));
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
  callbacks_.on_change();
}

void PictureStream::on_buffer(pw_buffer* buffer) {
  const auto slot = std::make_shared<Slot>();
  slot->buffer = buffer;
  buffer->user_data = slot.get();
  slots_.push_back(slot);
  bare_since_ = kNever;
  if (falls_asleep_ && slots_.size() == 1 && unseen_since_.load() != kNever) {
    asleep_ = true;
    be_patient(kWakeAfter);
  }
  take_memory_of(*slot);
  if (!undecided_ || !slot->memory) return;
  await_first();
  if (unchosen_.exchange(false)) callbacks_.on_change();
}

/// One that goes on with what it has chosen before has DMA-BUFs by now.
bool PictureStream::is_unchosen() const {
  return undecided_ && std::ranges::none_of(slots_, [](const auto& slot) { return slot->memory != nullptr; });
}

/// Until a layout is chosen, the source's memory may still be that of the stream before.
bool PictureStream::is_of_format(const spa_buffer& buffer) const {
  if (!format_) return false;
  return !undecided_ || (buffer.n_datas > 0 && buffer.datas[0].type == SPA_DATA_DmaBuf);
}

void PictureStream::take_memory_of(Slot& slot) {
  const spa_buffer& buffer = *slot.buffer->buffer;
  if (!is_of_format(buffer)) return;
  slot.memory = take_memory(buffer, *format_, is_importing() ? std::optional(dma_buf_rules()) : std::nullopt);
  if (!slot.memory) tell_unreadable(buffer);
}

void PictureStream::tell_unreadable(const spa_buffer& buffer) {
  // Each of the format's buffers fails alike.
  if (std::exchange(import_told_, true)) return;
  if (format_->modifier) {
    failed_layout_ = *format_->modifier;
    import_failed_ = true;
  } else {
    // A source that was linked before may give its own files also where they were not asked for.
    const bool lent = buffer.n_datas > 0 && buffer.datas[0].type == SPA_DATA_MemPtr;
    failed_mapping_ = lent ? SharedMemory::kLent : offered_.shared;
    mapping_failed_ = true;
  }
  callbacks_.on_change();
}

void PictureStream::on_buffer_gone(pw_buffer* buffer) {
  if (waiting_ && waiting_->buffer == buffer) waiting_.reset();
  std::erase_if(slots_, [&](const std::shared_ptr<Slot>& slot) {
    if (slot->buffer != buffer) return false;
    slot->buffer = nullptr;
    return true;
  });
  if (slots_.empty()) bare_since_ = Clock::now();
}

void PictureStream::take_pictures() {
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(stream_.get())) {
    const bool is_ours = is_of_format(*buffer->buffer);
    const auto notes = is_ours ? read_notes(*buffer->buffer, format_->size) : std::nullopt;
    if (notes) visible_ = notes->visible;
    if (callbacks_.on_pointer) tell_pointer(*buffer->buffer);
    if (!notes) {
      queue(buffer);
      continue;
    }
    if (waiting_) queue(waiting_->buffer);
    waiting_ = Waiting{buffer, *notes};
    pictured_ = true;
    unseen_since_ = kNever;
  }
  hand_over();
}

/// Also of a buffer without a picture: that is one for the pointer's sake.
void PictureStream::tell_pointer(const spa_buffer& buffer) {
  auto note = read_pointer(buffer);
  if (!note) return;
  note->at.x -= visible_.x;
  note->at.y -= visible_.y;
  callbacks_.on_pointer(*std::move(note));
}

void PictureStream::take_returns() {
  for (const auto& slot : returns_->take()) {
    --held_;
    if (slot->buffer != nullptr) queue(slot->buffer);
  }
  hand_over();
}

void PictureStream::queue(pw_buffer* buffer) {
  pw_stream_queue_buffer(stream_.get(), buffer);
}

void PictureStream::hand_over() {
  if (!waiting_ || held_ > kMostHeld) return;
  const Waiting newest = *waiting_;
  waiting_.reset();
  auto* const slot = static_cast<Slot*>(newest.buffer->user_data);
  if (slot == nullptr || !slot->memory) return queue(newest.buffer);
  ++held_;
  auto lease = std::make_shared<Lease>(slot->shared_from_this(), returns_);
  auto picture = slot->memory->picture(*newest.buffer->buffer, newest.notes, std::move(lease));
  if (!picture && slot->memory->is_useless()) tell_unreadable(*newest.buffer->buffer);
  if (!picture) return;
  if (!newest.notes.orientation.is_upright())
    picture = with_orientation(picture.get(), newest.notes.orientation);
  shown_ = true;
  callbacks_.on_picture(std::move(picture), captured_at(newest.notes.stamp));
}

Instant PictureStream::captured_at(std::optional<Duration> stamp) {
  const Instant now = Clock::now();
  if (!first_at_) first_at_ = now - stamp.value_or(Duration::zero());
  return capture_time(stamp, *first_at_, now);
}

}  // namespace pixelpass::capture
