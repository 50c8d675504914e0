#pragma once

#include "pixelpass/gst/glib.hpp"

namespace pixelpass::encode {

/// The threads that share a GstVideoConverter's work on a picture, one a task. Where no thread can be
/// started, the caller that waits for the picture runs the task itself. GStreamer's own pool ignores that a
/// thread could not be started and waits for its task for ever (gst_shared_task_pool, as of 1.26).
gst::Object<GstTaskPool> make_conversion_pool();

}  // namespace pixelpass::encode
