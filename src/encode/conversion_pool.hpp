#pragma once

#include "pixelpass/gst/glib.hpp"

namespace pixelpass::encode {

/// The threads among which a GstVideoConverter shares out a picture, one a task; where none can be started,
/// whoever waits for the picture does that task as well. GStreamer's own pool does not look at whether a
/// thread could be started, and waits for ever for what it was to do (gst_shared_task_pool, as of 1.26).
gst::Object<GstTaskPool> make_conversion_pool();

}  // namespace pixelpass::encode
