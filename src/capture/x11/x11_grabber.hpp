#pragma once

#include "pixelpass/gst/gst.hpp"

#include "capture/x11/x11_target.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace pixelpass::capture {

/// Pages to which the X server writes pictures. A picture keeps them alive, and in use, until it is freed: on
/// any thread, also after the connection has ended.
class SharedPages {
 public:
  explicit SharedPages(std::size_t size);
  ~SharedPages();
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;

  /// The descriptor to hand to the server once; -1: there was no memory.
  [[nodiscard]] int take_fd();
  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  std::atomic<bool> in_use = false;
  std::uint32_t segment = 0;  ///< the server's name for it

 private:
  const std::size_t size_;
  int fd_ = -1;
  void* data_ = nullptr;
};

/// Copies pixels from the server: through shared memory, or over the connection where that is not possible.
class X11Grabber {
 public:
  explicit X11Grabber(const X11Connection& x11) : x11_(x11), shared_(x11.has_shared_memory()) {}

  struct Grabbed {
    gst::Owned<GstBuffer> buffer;       ///< nullptr: not now (all memory is in use, or the area has gone)
    std::span<std::uint32_t> pixels{};  ///< of the buffer: whoever draws on it does it before handing it on
  };
  /// Grabs the area. Waits for the server.
  Grabbed grab(const GrabArea& area);

 private:
  Grabbed grab_shared(const GrabArea& area, std::size_t size);
  Grabbed grab_over_connection(const GrabArea& area);
  std::shared_ptr<SharedPages> free_pages(std::size_t size);
  bool attach(SharedPages& pages);
  [[nodiscard]] bool may_share(std::size_t size) const;
  void on_refused(std::size_t size);

  const X11Connection& x11_;
  bool shared_;
  std::size_t refused_size_ = 0;  ///< the last one for which the server did not take our memory
  int refusals_ = 0;
  std::vector<std::shared_ptr<SharedPages>> pages_;  ///< all of one size
};

}  // namespace pixelpass::capture
