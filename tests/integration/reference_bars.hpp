#pragma once

#include "pixelpass/gst/pipeline.hpp"

#include <gst/app/gstappsink.h>

#include <string>

namespace pixelpass {

/// A picture of the bars as GStreamer paints them. Null: none came.
inline gst::Owned<GstSample> reference_bars(const std::string& format, int width, int height) {
  // The stream's end would wait in the sink until the picture has been taken, with a lock that starting
  // needs, too.
  const auto pipeline =
      gst::parse_pipeline("videotestsrc num-buffers=1 pattern=smpte ! video/x-raw,format=" + format +
                              ",width=" + std::to_string(width) + ",height=" + std::to_string(height) +
                              gst::sink_text("sink") + " wait-on-eos=false",
                          "the reference");
  gst::start_pipeline(pipeline.get(), "the reference", gst::gstreamer_hint());
  const auto sink = gst::element_of(pipeline.get(), "sink");
  gst::Owned<GstSample> sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), GST_SECOND * 20));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return sample;
}

}  // namespace pixelpass
