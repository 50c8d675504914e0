#pragma once

#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/gst/gst.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::encode {

/// In place of GStreamer's va plugin where there is no GPU: elements vah264enc and vapostproc with the pads
/// and properties (names, types, ranges) that version 1.22 documents, which encode with x264enc inside. What
/// goes from one to the other is marked as memory:VAMemory, so that it negotiates as on a GPU; vapostproc
/// turns pictures as its video-direction says. It imports DMA-BUFs of such caps as the version at hand has
/// them; a memfd will do for one. Registered in this process for as long as this lives. Needs x264enc.
class StandInVa {
 public:
  enum class Kind : std::uint8_t {
    kWorks,
    kNoLiveRate,        ///< a new bitrate counts from the next start on
    kNoConstantRate,    ///< its driver knows only rate-control=cqp
    kRefusesToStart,    ///< as GstVideoEncoder does when its device cannot be opened
    kFailsAtAPicture,   ///< the first one
    kFailsLater,        ///< the tenth one
    kSwallowsPictures,  ///< nothing ever comes out, and no error
    kNoKeyframes,       ///< none but the first, whoever asks for one
  };

  explicit StandInVa(Kind kind = Kind::kWorks);
  ~StandInVa();
  StandInVa(const StandInVa&) = delete;
  StandInVa& operator=(const StandInVa&) = delete;

  /// As where the driver cannot convert pictures.
  void remove_postproc();
  /// What has come to any vapostproc since the last of these was made, as memory:DMABuf.
  struct Import {
    bool dma_buf = false;  ///< the memory is what the caps say
    std::size_t memories = 0;
    std::string caps;
    std::size_t planes = 0;  ///< of its video meta; 0: it has none
    std::size_t offset = 0;
    int stride = 0;
    int fd = -1;
  };
  [[nodiscard]] static std::vector<Import> imports();
  /// Those from this one on fail, so many of them: as where a driver does not know a layout after all.
  static void refuse_imports(std::size_t first, std::size_t count);
  /// The same of those that are still to come.
  static void refuse_next(std::size_t count);
  /// While this is true an import does not return, as where a driver waits for the GPU.
  static void hold_imports(bool held);
  /// From now on it takes no request for a keyframe.
  static void refuse_keyframes();
  /// How many of vah264enc there have been in this process.
  [[nodiscard]] static int encoders_made();
  /// How many pictures have come to any vah264enc of this process as memory:VAMemory.
  [[nodiscard]] static int pictures_from_gpu_memory();
};

/// What the probe would say of a machine with one good driver.
inline EncoderFacts machine_with_a_gpu() {
  VaNode node;
  node.path = "/dev/dri/renderD128";
  node.state = VaState::kEncodes;
  node.driver = "stand-in";
  node.full.there = true;
  node.full.constant_rate = true;
  return {.has_element = gst::has_element,
          .has_plugin = [](std::string_view) { return true; },
          .va = {.nodes = {node}}};
}

}  // namespace pixelpass::encode
