#pragma once

#include "pixelpass/gst/gst.hpp"

namespace pixelpass::encode {

/// Has an audioconvert make two channels of whatever comes to it, as ITU-R BS.775-3 (table 2) has it: the
/// fronts on their sides, the centre on both, surround on its side 3 dB down; all of it another 3 dB down
/// where there are more than two, and 6 dB where there are more than five, since all of them are seldom loud
/// at once; without the channel for low frequencies alone. Left to itself it counts that as a front, and
/// makes six channels 10 dB quieter than they were. Channels whose places nobody knows are heard on both
/// sides. Before the pipeline starts; it follows what changes later: what it cannot, is an error on the
/// pipeline's bus. Throws StartupError.
void mix_to_stereo(GstElement* audioconvert);

}  // namespace pixelpass::encode
