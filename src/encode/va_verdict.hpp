#pragma once

#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/encode/va_probe.hpp"

#include <string>

namespace pixelpass::encode {

/// Usable, or not and why.
struct Verdict {
  bool usable = false;
  std::string why;
  std::string hint;
};

/// Whether any render node can do what this kind of encoder needs: the first one that can, or what all of
/// them lack, with the first remedy.
Verdict judge_render_nodes(const VaReport& va, EncoderKind kind);

}  // namespace pixelpass::encode
