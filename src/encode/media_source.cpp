#include "pixelpass/encode/media_source.hpp"

namespace pixelpass::encode {

std::optional<Error> MediaSource::replace_screen(const MakeScreen& /*make*/) {
  return Error{"the stream is passed through as it comes: there is no screen to change",
               "change it where the stream is made", ExitCode::kUsage};
}

}  // namespace pixelpass::encode
