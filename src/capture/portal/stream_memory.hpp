#pragma once

#include "pixelpass/capture/screen_capture.hpp"

#include "capture/portal/picture_buffer.hpp"
#include "capture/portal/picture_caps.hpp"
#include "capture/portal/stream_format.hpp"
#include <spa/buffer/buffer.h>

#include <memory>
#include <optional>

namespace pixelpass::capture {

/// The memory of one stream buffer, as GStreamer takes it. It is our own mapping or descriptor, so that a
/// picture stays valid when the source has given up the buffer. Thread: any one.
class StreamMemory {
 public:
  virtual ~StreamMemory() = default;
  StreamMemory(const StreamMemory&) = delete;
  StreamMemory& operator=(const StreamMemory&) = delete;

  /// The picture that is in the buffer now; `lease` lasts as long as anybody uses the buffer's memory for it.
  /// Null: the picture is not complete.
  virtual gst::Owned<GstSample> picture(const spa_buffer& buffer, const PictureNotes& notes,
                                        std::shared_ptr<void> lease) = 0;
  /// Whether no more picture can be had from it: the source has truncated it, or it would be misread.
  [[nodiscard]] virtual bool is_useless() const { return false; }

 protected:
  StreamMemory() = default;
};

/// Makes the memory for a buffer. With `import`, DMA-BUFs are passed on as they are, with the visible part as
/// GstVideoCropMeta. Otherwise the picture is the visible part alone. Null: we cannot use this buffer.
std::unique_ptr<StreamMemory> take_memory(const spa_buffer& buffer, const StreamFormat& format,
                                          const std::optional<DmaBufRules>& import);

}  // namespace pixelpass::capture
