#include "screen_producer.hpp"

#include <fcntl.h>
#include <spa/param/buffers.h>
#include <spa/param/format-utils.h>
#include <spa/param/video/raw-utils.h>
#include <spa/pod/builder.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace pixelpass::capture::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kProducerPatience = 20s;

class Lock {
 public:
  explicit Lock(pw_thread_loop* loop) : loop_(loop) { pw_thread_loop_lock(loop); }
  ~Lock() { pw_thread_loop_unlock(loop_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pw_thread_loop* loop_;
};

/// Parameters, which lie in it.
class Pods {
 public:
  Pods() { spa_pod_builder_init(&builder_, memory_.data(), static_cast<std::uint32_t>(memory_.size())); }

  void add_format(Size size, std::uint32_t range, const std::vector<std::uint64_t>& modifiers, bool fixed,
                  bool any_size = false) {
    open(SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
    id(SPA_FORMAT_mediaType, SPA_MEDIA_TYPE_video);
    id(SPA_FORMAT_mediaSubtype, SPA_MEDIA_SUBTYPE_raw);
    id(SPA_FORMAT_VIDEO_format, SPA_VIDEO_FORMAT_BGRx);
    if (!modifiers.empty()) add_modifiers(modifiers, fixed);
    if (range != SPA_VIDEO_COLOR_RANGE_UNKNOWN) id(SPA_FORMAT_VIDEO_colorRange, range);
    key(SPA_FORMAT_VIDEO_size);
    spa_pod_frame sizes{};
    if (any_size) spa_pod_builder_push_choice(&builder_, &sizes, SPA_CHOICE_Range, 0);
    spa_pod_builder_rectangle(&builder_, static_cast<std::uint32_t>(size.width),
                              static_cast<std::uint32_t>(size.height));
    if (any_size) {
      spa_pod_builder_rectangle(&builder_, 1, 1);
      spa_pod_builder_rectangle(&builder_, 8192, 8192);
      spa_pod_builder_pop(&builder_, &sizes);
    }
    key(SPA_FORMAT_VIDEO_framerate);
    spa_pod_builder_fraction(&builder_, 0, 1);
    key(SPA_FORMAT_VIDEO_maxFramerate);
    spa_pod_frame choice{};
    spa_pod_builder_push_choice(&builder_, &choice, SPA_CHOICE_Range, 0);
    for (const auto rate : {60U, 1U, 60U}) spa_pod_builder_fraction(&builder_, rate, 1);
    spa_pod_builder_pop(&builder_, &choice);
    close();
  }

  void add_buffers(int least, int blocks, std::uint32_t types, std::uint32_t stride, std::uint32_t size) {
    open(SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers);
    key(SPA_PARAM_BUFFERS_buffers);
    spa_pod_frame choice{};
    spa_pod_builder_push_choice(&builder_, &choice, SPA_CHOICE_Range, 0);
    for (const auto count : {least, least, 32}) spa_pod_builder_int(&builder_, count);
    spa_pod_builder_pop(&builder_, &choice);
    integer(SPA_PARAM_BUFFERS_blocks, static_cast<std::uint32_t>(blocks));
    integer(SPA_PARAM_BUFFERS_size, size);
    integer(SPA_PARAM_BUFFERS_stride, stride);
    integer(SPA_PARAM_BUFFERS_align, 16);
    key(SPA_PARAM_BUFFERS_dataType);
    spa_pod_builder_push_choice(&builder_, &choice, SPA_CHOICE_Flags, 0);
    spa_pod_builder_int(&builder_, static_cast<std::int32_t>(types));
    spa_pod_builder_pop(&builder_, &choice);
    close();
  }

  void add_meta(std::uint32_t type, std::size_t size) {
    open(SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta);
    id(SPA_PARAM_META_type, type);
    integer(SPA_PARAM_META_size, static_cast<std::uint32_t>(size));
    close();
  }

  void update(pw_stream* stream) {
    pw_stream_update_params(stream, pods_.data(), static_cast<std::uint32_t>(pods_.size()));
  }
  void connect(pw_stream* stream, pw_stream_flags flags) {
    if (pw_stream_connect(stream, PW_DIRECTION_OUTPUT, PW_ID_ANY, flags, pods_.data(),
                          static_cast<std::uint32_t>(pods_.size())) < 0)
      throw std::runtime_error("the producer cannot be connected");
  }

 private:
  void open(std::uint32_t type, std::uint32_t parameter) {
    spa_pod_builder_push_object(&builder_, &object_, type, parameter);
  }
  void close() { pods_.push_back(static_cast<const spa_pod*>(spa_pod_builder_pop(&builder_, &object_))); }
  void key(std::uint32_t name, std::uint32_t flags = 0) { spa_pod_builder_prop(&builder_, name, flags); }
  void id(std::uint32_t name, std::uint32_t value) {
    key(name);
    spa_pod_builder_id(&builder_, value);
  }
  void integer(std::uint32_t name, std::uint32_t value) {
    key(name);
    spa_pod_builder_int(&builder_, static_cast<std::int32_t>(value));
  }
  void add_modifiers(const std::vector<std::uint64_t>& modifiers, bool fixed) {
    key(SPA_FORMAT_VIDEO_modifier,
        fixed ? SPA_POD_PROP_FLAG_MANDATORY : SPA_POD_PROP_FLAG_MANDATORY | SPA_POD_PROP_FLAG_DONT_FIXATE);
    spa_pod_frame choice{};
    spa_pod_builder_push_choice(&builder_, &choice, SPA_CHOICE_Enum, 0);
    spa_pod_builder_long(&builder_, static_cast<std::int64_t>(modifiers.front()));
    for (const auto modifier : modifiers)
      spa_pod_builder_long(&builder_, static_cast<std::int64_t>(modifier));
    spa_pod_builder_pop(&builder_, &choice);
  }

  std::array<std::uint8_t, 8192> memory_{};
  spa_pod_builder builder_{};
  spa_pod_frame object_{};
  std::vector<const spa_pod*> pods_;
};

/// The layouts that both sides can, in a format that is not decided yet; empty: it is.
std::vector<std::uint64_t> undecided(const spa_pod* format) {
  const auto* prop = spa_pod_find_prop(format, nullptr, SPA_FORMAT_VIDEO_modifier);
  if (prop == nullptr || (prop->flags & SPA_POD_PROP_FLAG_DONT_FIXATE) == 0) return {};
  std::uint32_t count = 0;
  std::uint32_t choice = 0;
  const auto* values = spa_pod_get_values(&prop->value, &count, &choice);
  const auto* first = static_cast<const std::int64_t*>(SPA_POD_BODY_CONST(values));
  std::vector<std::uint64_t> found;
  // The first is the default, and comes again.
  for (std::uint32_t i = count > 1 ? 1 : 0; i < count; ++i)
    found.push_back(static_cast<std::uint64_t>(first[i]));
  return found;
}

constexpr std::uint32_t kPointerSide = 24;
constexpr std::size_t kPointerBytes =
    sizeof(spa_meta_cursor) + sizeof(spa_meta_bitmap) + std::size_t{kPointerSide} * kPointerSide * 4;

/// As mutter and KWin write it.
void write_pointer(spa_meta_cursor* to, const std::optional<ScreenProducer::Pointer>& pointer) {
  *to = {};
  if (!pointer) return;
  to->id = 1;
  to->position = pointer->at;
  if (pointer->side == 0) return;
  to->hotspot = pointer->hot;
  to->bitmap_offset = sizeof(spa_meta_cursor);
  auto* bitmap = reinterpret_cast<spa_meta_bitmap*>(to + 1);
  *bitmap = {SPA_VIDEO_FORMAT_BGRA,
             {pointer->side, pointer->side},
             static_cast<std::int32_t>(pointer->side) * 4,
             sizeof(spa_meta_bitmap)};
  auto* pixels = reinterpret_cast<std::uint32_t*>(bitmap + 1);
  std::fill(pixels, pixels + std::size_t{pointer->side} * pointer->side, 0xff00'0000U | pointer->pixel);
}

void write_notes(spa_buffer* buffer, const ScreenProducer::Notes& notes, std::uint64_t number) {
  if (auto* header = static_cast<spa_meta_header*>(
          spa_buffer_find_meta_data(buffer, SPA_META_Header, sizeof(spa_meta_header)))) {
    header->flags = notes.flags;
    header->pts = std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
    header->seq = number;
  }
  if (auto* crop = static_cast<spa_meta_region*>(
          spa_buffer_find_meta_data(buffer, SPA_META_VideoCrop, sizeof(spa_meta_region))))
    crop->region = notes.crop.value_or(spa_region{});
  if (auto* transform = static_cast<spa_meta_videotransform*>(
          spa_buffer_find_meta_data(buffer, SPA_META_VideoTransform, sizeof(spa_meta_videotransform))))
    transform->transform = notes.transform;
  if (auto* pointer =
          static_cast<spa_meta_cursor*>(spa_buffer_find_meta_data(buffer, SPA_META_Cursor, kPointerBytes)))
    write_pointer(pointer, notes.pointer);
}

}  // namespace

/// A file in memory, which stands for a DMA-BUF too.
struct ScreenProducer::Memory {
  Memory(std::size_t bytes, bool sealed)
      : size(bytes), fd(memfd_create("screen", sealed ? MFD_CLOEXEC | MFD_ALLOW_SEALING : MFD_CLOEXEC)) {
    if (fd < 0 || ftruncate(fd, static_cast<off_t>(bytes)) != 0) throw std::runtime_error("no memory");
    if (sealed) fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    data = bytes > 0 ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : nullptr;
  }
  ~Memory() {
    if (data != nullptr) munmap(data, size);
    close(fd);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// Nobody can map it to be read.
  void leave_for_writing() {
    std::string path = "/proc/self/fd/";
    path += std::to_string(fd);
    const int writing = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (writing < 0) throw std::runtime_error("no memory");
    close(std::exchange(fd, writing));
  }

  std::size_t size;
  int fd;
  void* data = nullptr;
};

struct ScreenProducer::Events {
  static const pw_stream_events kStream;
};

const pw_stream_events ScreenProducer::Events::kStream = [] {
  pw_stream_events events{};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.state_changed = [](void* self, pw_stream_state, pw_stream_state state, const char*) {
    auto& screen = *static_cast<ScreenProducer*>(self);
    screen.streaming_ = state == PW_STREAM_STATE_STREAMING;
    screen.starts_ += screen.streaming_ ? 1 : 0;
  };
  events.param_changed = [](void* self, std::uint32_t id, const spa_pod* param) {
    if (id == SPA_PARAM_Format) static_cast<ScreenProducer*>(self)->on_format(param);
  };
  events.add_buffer = [](void* self, pw_buffer* buffer) {
    static_cast<ScreenProducer*>(self)->on_buffer(buffer);
  };
  events.remove_buffer = [](void* self, pw_buffer* buffer) {
    static_cast<ScreenProducer*>(self)->on_buffer_gone(buffer);
  };
  return events;
}();

ScreenProducer::ScreenProducer(Nature nature) : nature_(std::move(nature)) {
  start_pipewire();
  loop_.reset(pw_thread_loop_new("producer", nullptr));
  context_.reset(pw_context_new(pw_thread_loop_get_loop(loop_.get()), nullptr, 0));
  core_.reset(context_ ? pw_context_connect(context_.get(), nullptr, 0) : nullptr);
  if (!core_) throw std::runtime_error("no PipeWire");
  stream_.reset(pw_stream_new(
      core_.get(), "screen",
      pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_NODE_NAME, nature_.name, nullptr)));
  listener_.emplace();
  pw_stream_add_listener(stream_.get(), listener_->hook(), &Events::kStream, this);
  Pods pods;
  if (!nature_.modifiers.empty()) pods.add_format(nature_.size, nature_.range, nature_.modifiers, false);
  if (nature_.shared) pods.add_format(nature_.size, nature_.range, {}, false, nature_.any_size);
  const unsigned memory = nature_.lent ? PW_STREAM_FLAG_MAP_BUFFERS : PW_STREAM_FLAG_ALLOC_BUFFERS;
  pods.connect(stream_.get(), static_cast<pw_stream_flags>(PW_STREAM_FLAG_DRIVER | memory));
  pw_thread_loop_start(loop_.get());
}

ScreenProducer::~ScreenProducer() {
  pw_thread_loop_stop(loop_.get());
  listener_.reset();
  stream_.reset();
  core_.reset();
  context_.reset();
}

std::uint32_t ScreenProducer::node() {
  const auto deadline = std::chrono::steady_clock::now() + kProducerPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    {
      const Lock lock(loop_.get());
      const auto id = pw_stream_get_node_id(stream_.get());
      if (id != SPA_ID_INVALID) return id;
    }
    std::this_thread::sleep_for(1ms);
  }
  throw std::runtime_error("the producer has no node");
}

std::uint32_t ScreenProducer::stride() const {
  return static_cast<std::uint32_t>(agreed_.width) * 4 + static_cast<std::uint32_t>(nature_.padding);
}

void ScreenProducer::offer(std::optional<std::uint64_t> fixed) {
  Pods pods;
  if (fixed) pods.add_format(nature_.size, nature_.range, {*fixed}, true);
  if (!nature_.modifiers.empty()) pods.add_format(nature_.size, nature_.range, nature_.modifiers, false);
  if (nature_.shared) pods.add_format(nature_.size, nature_.range, {}, false);
  pods.update(stream_.get());
}

void ScreenProducer::on_format(const spa_pod* format) {
  has_format_ = format != nullptr;
  if (!has_format_) return;
  const auto layouts = undecided(format);
  if (!layouts.empty() && nature_.never_chooses) return;
  if (!layouts.empty()) return offer(nature_.chooses_last ? layouts.back() : layouts.front());
  spa_video_info_raw info{};
  spa_format_video_raw_parse(format, &info);
  agreed_ = {static_cast<int>(info.size.width), static_cast<int>(info.size.height)};
  most_fps_ = info.max_framerate.denom > 0 ? info.max_framerate.num / info.max_framerate.denom : 0;
  modifier_.reset();
  if ((info.flags & SPA_VIDEO_FLAG_MODIFIER) != 0) modifier_ = info.modifier;
  const auto types =
      nature_.lent ? 1U << SPA_DATA_MemPtr : 1U << (modifier_ ? SPA_DATA_DmaBuf : SPA_DATA_MemFd);
  Pods pods;
  pods.add_buffers(nature_.buffers, modifier_ ? nature_.planes : 1, types, stride(),
                   stride() * static_cast<std::uint32_t>(agreed_.height));
  pods.add_meta(SPA_META_Header, sizeof(spa_meta_header));
  pods.add_meta(SPA_META_VideoCrop, sizeof(spa_meta_region));
  pods.add_meta(SPA_META_VideoTransform, sizeof(spa_meta_videotransform));
  if (nature_.pointer) pods.add_meta(SPA_META_Cursor, kPointerBytes);
  pods.update(stream_.get());
}

void ScreenProducer::on_buffer(pw_buffer* buffer) {
  const bool usable = modifier_ ? !nature_.unusable.contains(*modifier_) : !nature_.empty;
  const std::size_t size = nature_.before + std::size_t{stride()} * static_cast<std::size_t>(agreed_.height);
  if (nature_.lent) {
    memories_[buffer] = nullptr;
    return;
  }
  auto memory = std::make_unique<Memory>(usable ? size : 0, nature_.sealed);
  if (modifier_ && nature_.unmappable) memory->leave_for_writing();
  for (std::uint32_t plane = 0; plane < buffer->buffer->n_datas; ++plane) {
    spa_data& data = buffer->buffer->datas[plane];
    data.type = modifier_ ? SPA_DATA_DmaBuf : SPA_DATA_MemFd;
    data.flags = SPA_DATA_FLAG_READWRITE;
    data.fd = memory->fd;
    data.mapoffset = 0;
    data.maxsize = static_cast<std::uint32_t>(memory->size);
    data.data = memory->data;
  }
  memories_[buffer] = std::move(memory);
}

void ScreenProducer::on_buffer_gone(pw_buffer* buffer) {
  taken_.erase(buffer);
  memories_.erase(buffer);
}

bool ScreenProducer::draw(std::uint32_t pixel, const Notes& notes) {
  const Lock lock(loop_.get());
  if (!streaming_ || !has_format_) return false;
  pw_buffer* buffer = taken_.empty() ? pw_stream_dequeue_buffer(stream_.get()) : *taken_.begin();
  if (buffer == nullptr) return false;
  taken_.erase(buffer);
  const bool filled = fill(buffer, pixel, notes);
  pw_stream_queue_buffer(stream_.get(), buffer);
  pw_stream_trigger_process(stream_.get());
  return filled;
}

bool ScreenProducer::fill(pw_buffer* buffer, std::uint32_t pixel, const Notes& notes) {
  spa_data& data = buffer->buffer->datas[0];
  if (data.data == nullptr) return false;
  if (notes.draws) paint(data, pixel, notes.crop);
  const auto size = stride() * static_cast<std::uint32_t>(agreed_.height);
  data.chunk->offset = notes.chunk_offset.value_or(static_cast<std::uint32_t>(nature_.before));
  data.chunk->size = notes.chunk_size.value_or(size);
  data.chunk->stride = notes.stride.value_or(static_cast<std::int32_t>(stride()));
  data.chunk->flags = notes.chunk_flags;
  write_notes(buffer->buffer, notes, ++drawn_);
  return true;
}

void ScreenProducer::paint(const spa_data& data, std::uint32_t pixel, const std::optional<spa_region>& crop) {
  auto* pixels = static_cast<std::uint32_t*>(data.data);
  constexpr std::uint32_t kOther = 0x12'34'56;
  std::fill(pixels, pixels + data.maxsize / 4, kOther);
  const spa_region all{
      {0, 0},
      spa_rectangle{static_cast<std::uint32_t>(agreed_.width), static_cast<std::uint32_t>(agreed_.height)}};
  const auto& [place, size] = crop.value_or(all);
  // A buffer may still be of the size before.
  for (std::uint32_t y = 0; y < size.height; ++y) {
    const std::size_t row = nature_.before + (static_cast<std::size_t>(place.y) + y) * stride();
    const std::size_t first = row / 4 + static_cast<std::size_t>(place.x);
    if ((first + size.width) * 4 <= data.maxsize) std::fill_n(pixels + first, size.width, pixel);
  }
}

bool ScreenProducer::has_sent_all() {
  const Lock lock(loop_.get());
  pw_time time{};
  if (pw_stream_get_time_n(stream_.get(), &time, sizeof time) < 0) return false;
  if (time.queued_buffers == 0) return true;
  pw_stream_trigger_process(stream_.get());
  return false;
}

void ScreenProducer::tick() {
  const Lock lock(loop_.get());
  pw_stream_trigger_process(stream_.get());
}

void ScreenProducer::shrink() {
  const Lock lock(loop_.get());
  for (const auto& [buffer, memory] : memories_)
    if (ftruncate(memory->fd, 0) != 0) throw std::runtime_error("it is sealed");
}

void ScreenProducer::spoil(std::uint64_t modifier) {
  const Lock lock(loop_.get());
  nature_.unusable.insert(modifier);
}

void ScreenProducer::resize(Size size) {
  const Lock lock(loop_.get());
  nature_.size = size;
  offer(modifier_);
}

void ScreenProducer::recolour(std::uint32_t range) {
  const Lock lock(loop_.get());
  nature_.range = range;
  offer(modifier_);
}

std::size_t ScreenProducer::free_buffers() {
  const Lock lock(loop_.get());
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(stream_.get())) taken_.insert(buffer);
  return taken_.size();
}

std::size_t ScreenProducer::buffers() {
  const Lock lock(loop_.get());
  return memories_.size();
}

std::uint64_t ScreenProducer::drawn() {
  const Lock lock(loop_.get());
  return drawn_;
}

std::uint64_t ScreenProducer::starts() {
  const Lock lock(loop_.get());
  return starts_;
}

std::uint32_t ScreenProducer::most_fps() {
  const Lock lock(loop_.get());
  return most_fps_;
}

std::optional<std::uint64_t> ScreenProducer::modifier() {
  const Lock lock(loop_.get());
  return modifier_;
}

}  // namespace pixelpass::capture::test
