#include "capture/x11/x11_grabber.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <xcb/shm.h>

#include <utility>

namespace pixelpass::capture {
namespace {

constexpr std::size_t kBytesPerPixel = 4;
constexpr std::uint32_t kAllPlanes = ~0U;
/// The most pictures at once: one is grabbed, one encoded, one kept to be repeated, and some wait.
constexpr std::size_t kMostPages = 8;
/// How often the server may refuse our memory. One on another machine refuses every time; one that was short
/// of memory may accept another size.
constexpr int kMostRefusals = 3;

std::size_t bytes_of(const Region& region) {
  return static_cast<std::size_t>(region.width) * static_cast<std::size_t>(region.height) * kBytesPerPixel;
}

gst::Owned<GstBuffer> wrap(void* data, std::size_t size, void* owner, GDestroyNotify release) {
  gst::Owned<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_append_memory(buffer.get(),
                           gst_memory_new_wrapped(GstMemoryFlags{}, data, size, 0, size, owner, release));
  return buffer;
}

std::span<std::uint32_t> as_pixels(void* data, std::size_t size) {
  return {static_cast<std::uint32_t*>(data), size / kBytesPerPixel};
}

void give_back(gpointer owner) {
  const std::unique_ptr<std::shared_ptr<SharedPages>> pages(
      static_cast<std::shared_ptr<SharedPages>*>(owner));
  (*pages)->in_use.store(false, std::memory_order_release);
}

}  // namespace

SharedPages::SharedPages(std::size_t size) : size_(size) {
  const int fd = memfd_create("pixelpass-x11", MFD_CLOEXEC);
  if (fd < 0) return;
  void* data = ftruncate(fd, static_cast<off_t>(size)) == 0
                   ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                   : MAP_FAILED;
  if (data == MAP_FAILED) {
    close(fd);
    return;
  }
  fd_ = fd;
  data_ = data;
}

SharedPages::~SharedPages() {
  if (fd_ >= 0) close(fd_);
  if (data_ != nullptr) munmap(data_, size_);
}

int SharedPages::take_fd() {
  return std::exchange(fd_, -1);
}

X11Grabber::Grabbed X11Grabber::grab(const GrabArea& area) {
  const auto size = bytes_of(area.region);
  return may_share(size) ? grab_shared(area, size) : grab_over_connection(area);
}

X11Grabber::Grabbed X11Grabber::grab_shared(const GrabArea& area, std::size_t size) {
  const auto pages = free_pages(size);
  if (pages == nullptr) return may_share(size) ? Grabbed{} : grab_over_connection(area);
  const auto& from = area.region;
  const auto answer =
      x11_.reply(xcb_shm_get_image_reply,
                 xcb_shm_get_image(x11_.get(), area.drawable, static_cast<std::int16_t>(from.x),
                                   static_cast<std::int16_t>(from.y), static_cast<std::uint16_t>(from.width),
                                   static_cast<std::uint16_t>(from.height), kAllPlanes,
                                   XCB_IMAGE_FORMAT_Z_PIXMAP, pages->segment, 0));
  if (answer == nullptr) return {};
  pages->in_use.store(true, std::memory_order_relaxed);
  return {wrap(pages->data(), size, new std::shared_ptr<SharedPages>(pages), give_back),
          as_pixels(pages->data(), size)};
}

X11Grabber::Grabbed X11Grabber::grab_over_connection(const GrabArea& area) {
  const auto& from = area.region;
  auto answer = x11_.reply(
      xcb_get_image_reply,
      xcb_get_image(x11_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, area.drawable, static_cast<std::int16_t>(from.x),
                    static_cast<std::int16_t>(from.y), static_cast<std::uint16_t>(from.width),
                    static_cast<std::uint16_t>(from.height), kAllPlanes));
  const auto size = bytes_of(from);
  if (answer == nullptr || static_cast<std::size_t>(xcb_get_image_data_length(answer.get())) < size)
    return {};
  auto* const data = xcb_get_image_data(answer.get());
  return {wrap(data, size, answer.release(), std::free), as_pixels(data, size)};
}

std::shared_ptr<SharedPages> X11Grabber::free_pages(std::size_t size) {
  if (!pages_.empty() && pages_.front()->size() != size) {
    for (const auto& pages : pages_) xcb_shm_detach(x11_.get(), pages->segment);
    pages_.clear();
  }
  for (const auto& pages : pages_)
    if (!pages->in_use.load(std::memory_order_acquire)) return pages;
  if (pages_.size() >= kMostPages) return nullptr;
  auto pages = std::make_shared<SharedPages>(size);
  if (!attach(*pages)) {
    if (pages_.empty()) on_refused(size);
    return nullptr;
  }
  return pages_.emplace_back(std::move(pages));
}

bool X11Grabber::may_share(std::size_t size) const {
  return shared_ && size != refused_size_;
}

void X11Grabber::on_refused(std::size_t size) {
  refused_size_ = size;
  if (++refusals_ == kMostRefusals) shared_ = false;
}

bool X11Grabber::attach(SharedPages& pages) {
  const int fd = pages.take_fd();
  if (fd < 0) return false;
  pages.segment = x11_.new_id();
  return x11_.succeeds(xcb_shm_attach_fd_checked(x11_.get(), pages.segment, fd, 0));  // takes the descriptor
}

}  // namespace pixelpass::capture
