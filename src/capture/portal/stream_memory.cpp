#include "capture/portal/stream_memory.hpp"

#include "capture/portal/mapped_file.hpp"
#include <fcntl.h>
#include <gst/allocators/gstdmabuf.h>
#include <gst/video/video.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace pixelpass::capture {
namespace {

/// Keeps what a picture's memory needs, until the last user is gone.
struct Keeper {
  std::shared_ptr<void> memory;
  std::shared_ptr<void> lease;
};

void let_go(gpointer keeper) {
  delete static_cast<Keeper*>(keeper);
}

GstVideoFormat format_named(std::string_view name) {
  return gst_video_format_from_string(std::string(name).c_str());
}

void describe_rows(GstBuffer* buffer, std::string_view format, Size size, std::size_t offset,
                   std::size_t stride) {
  std::array<gsize, GST_VIDEO_MAX_PLANES> offsets{offset};
  std::array<gint, GST_VIDEO_MAX_PLANES> strides{static_cast<gint>(stride)};
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, format_named(format),
                                 static_cast<guint>(size.width), static_cast<guint>(size.height), 1,
                                 offsets.data(), strides.data());
}

gst::Owned<GstSample> sample_of(GstBuffer* buffer, GstCaps* caps) {
  return gst::Owned<GstSample>(gst_sample_new(buffer, caps, nullptr, nullptr));
}

/// A memfd, which is read in place.
class SharedFile final : public StreamMemory {
 public:
  SharedFile(std::shared_ptr<MappedFile> mapping, const StreamFormat& format)
      : mapping_(std::move(mapping)), format_(format), caps_(format) {}

  gst::Owned<GstSample> picture(const spa_buffer& buffer, const PictureNotes& notes,
                                std::shared_ptr<void> lease) override {
    if (is_useless()) return nullptr;
    const auto bytes = mapping_->bytes();
    const auto rows = find_rows(buffer.datas[0], bytes.size(), format_.size, notes.visible);
    if (!rows) return nullptr;
    const gst::Owned<GstBuffer> picture(gst_buffer_new());
    gst_buffer_append_memory(
        picture.get(),
        gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, bytes.data() + rows->offset, rows->size, 0,
                               rows->size, new Keeper{mapping_, std::move(lease)}, let_go));
    describe_rows(picture.get(), format_.pixels.name, notes.visible.size, 0, rows->stride);
    return sample_of(picture.get(), caps_.of(notes.visible.size));
  }
  [[nodiscard]] bool is_useless() const override { return mapping_->has_shrunk(); }

 private:
  std::shared_ptr<MappedFile> mapping_;
  const StreamFormat format_;
  PictureCaps caps_;
};

/// Memory that libpipewire has mapped, and may unmap at any time: the picture is copied at once.
class LentMemory final : public StreamMemory {
 public:
  explicit LentMemory(const StreamFormat& format) : format_(format), caps_(format) {}

  gst::Owned<GstSample> picture(const spa_buffer& buffer, const PictureNotes& notes,
                                std::shared_ptr<void> /*lease*/) override {
    const spa_data& data = buffer.datas[0];
    const auto rows = find_rows(data, data.maxsize, format_.size, notes.visible);
    if (!rows || data.data == nullptr) return nullptr;
    const gst::Owned<GstBuffer> picture(gst_buffer_new_allocate(nullptr, rows->size, nullptr));
    if (!picture) return nullptr;
    const auto* first = static_cast<const std::uint8_t*>(data.data) + rows->offset;
    if (gst_buffer_fill(picture.get(), 0, first, rows->size) != rows->size) return nullptr;
    describe_rows(picture.get(), format_.pixels.name, notes.visible.size, 0, rows->stride);
    return sample_of(picture.get(), caps_.of(notes.visible.size));
  }

 private:
  const StreamFormat format_;
  PictureCaps caps_;
};

struct FreeMemory {
  void operator()(GstMemory* memory) const noexcept { gst_memory_unref(memory); }
  void operator()(GstAllocator* allocator) const noexcept { gst_object_unref(allocator); }
};

/// Rows without gaps, from the start of the memory.
PixelRows plain_rows(Size size) {
  const std::size_t row = static_cast<std::size_t>(size.width) * kPixelBytes;
  return {0, row, row * static_cast<std::size_t>(size.height)};
}

/// A DMA-BUF. Its GstMemory stays the same, so that an encoder finds its import of it again. Mapping it
/// synchronises with the GPU: GStreamer's allocator does that (DMA_BUF_IOCTL_SYNC).
class DmaBuf final : public StreamMemory {
 public:
  /// `import`: the layout in which it is imported; nullopt: it is read.
  DmaBuf(std::unique_ptr<GstMemory, FreeMemory> memory, const StreamFormat& format,
         std::optional<DmaBufRules> import)
      : memory_(std::move(memory)), format_(format), import_(import), caps_(format, import) {}

  gst::Owned<GstSample> picture(const spa_buffer& buffer, const PictureNotes& notes,
                                std::shared_ptr<void> lease) override {
    const PicturePart all{0, 0, format_.size};
    const auto& part = import_ ? all : notes.visible;
    const auto rows =
        find_rows(buffer.datas[0], gst_memory_get_sizes(memory_.get(), nullptr, nullptr), format_.size, part);
    if (!rows) return nullptr;
    misread_ = import_ && !import_->reads_rows && *rows != plain_rows(format_.size);
    if (misread_) return nullptr;
    const gst::Owned<GstBuffer> picture(gst_buffer_new());
    gst_buffer_append_memory(picture.get(), gst_memory_ref(memory_.get()));
    describe_rows(picture.get(), format_.pixels.name, part.size, rows->offset, rows->stride);
    if (import_ && notes.visible != all) crop(picture.get(), notes.visible);
    keep(picture.get(), std::move(lease));
    auto sample = sample_of(picture.get(), caps_.of(part.size));
    return import_ ? with_layout(sample.get(), *format_.modifier) : std::move(sample);
  }
  [[nodiscard]] bool is_useless() const override { return misread_; }

 private:
  static void crop(GstBuffer* picture, const PicturePart& part) {
    GstVideoCropMeta* meta = gst_buffer_add_video_crop_meta(picture);
    meta->x = static_cast<guint>(part.x);
    meta->y = static_cast<guint>(part.y);
    meta->width = static_cast<guint>(part.size.width);
    meta->height = static_cast<guint>(part.size.height);
  }

  /// Makes the picture keep the lease. Copies of the picture, which share its memory, keep it, too.
  static void keep(GstBuffer* picture, std::shared_ptr<void> lease) {
    const gst::Owned<GstBuffer> parent(gst_buffer_new());
    gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(parent.get()),
                              g_quark_from_static_string("pixelpass-lease"),
                              new Keeper{nullptr, std::move(lease)}, let_go);
    gst_buffer_add_parent_buffer_meta(picture, parent.get());
  }

  std::unique_ptr<GstMemory, FreeMemory> memory_;
  const StreamFormat format_;
  const std::optional<DmaBufRules> import_;
  bool misread_ = false;  ///< its rows would be
  PictureCaps caps_;
};

/// Whether the descriptor is a regular file that only stands for a DMA-BUF, and may be truncated while it is
/// read.
bool is_file(int fd) {
  struct stat file {};
  return fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

/// Whether the memory can be mapped, which some drivers forbid. Memory that could be mapped once can be
/// mapped later.
bool is_readable(GstMemory* memory) {
  GstMapInfo mapped;
  if (gst_memory_map(memory, &mapped, GST_MAP_READ) == FALSE) return false;
  gst_memory_unmap(memory, &mapped);
  return true;
}

/// Null also for a picture of several planes, as compressed layouts have: GStreamer imports one memory for
/// each plane of the format (gstvabase.c), and silently copies what it does not import.
std::unique_ptr<StreamMemory> take_dma_buf(const spa_buffer& buffer, const StreamFormat& format,
                                           const std::optional<DmaBufRules>& import) {
  if (buffer.n_datas != 1 || !format.modifier) return nullptr;
  // Memory that is not laid out row by row cannot be read. It may still come from when it was to be imported.
  if (!import && *format.modifier != kLinear) return nullptr;
  const int fd = fcntl(static_cast<int>(buffer.datas[0].fd), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return nullptr;
  if (is_file(fd) && !cannot_shrink(fd)) {
    close(fd);
    return nullptr;
  }
  // The source's figure for the size may be wrong, or missing.
  const off_t size = lseek(fd, 0, SEEK_END);
  const std::unique_ptr<GstAllocator, FreeMemory> allocator(gst_dmabuf_allocator_new());
  std::unique_ptr<GstMemory, FreeMemory> memory(
      size > 0 ? gst_dmabuf_allocator_alloc_with_flags(allocator.get(), fd, static_cast<gsize>(size),
                                                       GST_FD_MEMORY_FLAG_KEEP_MAPPED)
               : nullptr);
  if (!memory) {
    close(fd);
    return nullptr;
  }
  if (!import && !is_readable(memory.get())) return nullptr;
  return std::make_unique<DmaBuf>(std::move(memory), format, import);
}

}  // namespace

std::unique_ptr<StreamMemory> take_memory(const spa_buffer& buffer, const StreamFormat& format,
                                          const std::optional<DmaBufRules>& import) {
  if (buffer.n_datas == 0) return nullptr;
  const spa_data& data = buffer.datas[0];
  if (data.type == SPA_DATA_DmaBuf) return take_dma_buf(buffer, format, import);
  if (data.type == SPA_DATA_MemPtr && data.data != nullptr) return std::make_unique<LentMemory>(format);
  if (data.type != SPA_DATA_MemFd) return nullptr;
  auto mapping = std::make_shared<MappedFile>(static_cast<int>(data.fd), data.mapoffset, data.maxsize);
  if (mapping->bytes().empty()) return nullptr;
  return std::make_unique<SharedFile>(std::move(mapping), format);
}

}  // namespace pixelpass::capture
