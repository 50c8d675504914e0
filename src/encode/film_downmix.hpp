#pragma once

#include "pixelpass/gst/gst.hpp"

namespace pixelpass::encode {

/// Makes an audioconvert mix whatever comes down to two channels by ITU-R BS.775-3 (table 2): fronts on their
/// sides, the centre on both, surround on its side 3 dB down. All of it is another 3 dB down where there are
/// more than two channels, and 6 dB where there are more than five, since all of them are seldom loud at
/// once. The low-frequency channel is left out: audioconvert by itself would mix it in as a front, and make
/// six channels 10 dB quieter. Channels of unknown position go to both sides. To be called before the
/// pipeline starts; later changes of format are followed, and one that cannot be is an error on the
/// pipeline's bus. Throws StartupError.
void mix_to_stereo(GstElement* audioconvert);

}  // namespace pixelpass::encode
