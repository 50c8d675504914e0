#pragma once

#include "pixelpass/capture/screen_capture.hpp"

#include "capture/portal/picture_buffer.hpp"
#include "capture/portal/picture_caps.hpp"
#include "capture/portal/stream_format.hpp"
#include <spa/buffer/buffer.h>

#include <memory>
#include <optional>

namespace pixelpass::capture {

/// The memory of one of a stream's buffers, as GStreamer takes it. It is our own mapping, or our own
/// descriptor: whoever has a picture keeps it, also when the source has given the buffer up. Thread: any one.
class StreamMemory {
 public:
  virtual ~StreamMemory() = default;
  StreamMemory(const StreamMemory&) = delete;
  StreamMemory& operator=(const StreamMemory&) = delete;

  /// The picture that is in it now; `lease` lasts as long as anybody uses the buffer's memory for it. Null:
  /// it is not all there.
  virtual gst::Owned<GstSample> picture(const spa_buffer& buffer, const PictureNotes& notes,
                                        std::shared_ptr<void> lease) = 0;
  /// No picture comes of it any more: the source has taken it away under our hands, or it would be misread.
  [[nodiscard]] virtual bool is_useless() const { return false; }

 protected:
  StreamMemory() = default;
};

/// `import`: DMA-BUFs go to whoever imports them so, as they are, with the visible part as GstVideoCropMeta.
/// In all else, and in all without it, the visible part alone is the picture. Null: we cannot take it.
std::unique_ptr<StreamMemory> take_memory(const spa_buffer& buffer, const StreamFormat& format,
                                          const std::optional<DmaBufRules>& import);

}  // namespace pixelpass::capture
