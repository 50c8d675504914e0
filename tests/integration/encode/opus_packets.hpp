#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/media/access_unit.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace pixelpass::encode::test {

/// As browsers do it, which are told of no delay: all that the packets hold, left and right in turn.
inline std::vector<float> decode_opus(const std::vector<AccessUnit>& units) {
  const auto pipeline = gst::parse_pipeline(
      gst::source_text("in") +
          " caps=audio/x-opus,rate=48000,channels=2,channel-mapping-family=0 ! opusdec plc=false ! "
          "audioconvert ! audio/x-raw,format=F32LE,layout=interleaved ! appsink name=out sync=false",
      "the test");
  gst::start_pipeline(pipeline.get(), "the test", gst::gstreamer_hint());
  const auto in = gst::element_of(pipeline.get(), "in");
  const auto out = gst::element_of(pipeline.get(), "out");
  std::vector<float> samples;
  for (const AccessUnit& unit : units) {
    GstBuffer* buffer = gst_buffer_new_memdup(unit.bytes.data(), unit.bytes.size());
    gst::set_times(buffer, unit.pts, 10 * GST_MSECOND);
    gst::push_buffer(pipeline.get(), in.get(), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(out.get()))) {
    const auto bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
    const std::size_t before = samples.size();
    samples.resize(before + bytes.size() / sizeof(float));
    std::memcpy(samples.data() + before, bytes.data(), bytes.size());
    gst_sample_unref(sample);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return samples;
}

inline double rms_of(const std::vector<float>& interleaved, std::size_t channel) {
  double sum = 0;
  for (std::size_t i = channel; i < interleaved.size(); i += 2)
    sum += static_cast<double>(interleaved[i]) * static_cast<double>(interleaved[i]);
  return std::sqrt(sum / (static_cast<double>(interleaved.size()) / 2));
}

}  // namespace pixelpass::encode::test
