#pragma once

#include <cstdint>

namespace pixelpass::tunnel {

/// Names a link to the host; never used twice by one viewer.
enum class LinkId : std::uint32_t {};

class LinkIds {
 public:
  LinkId take() { return LinkId{next_++}; }

 private:
  std::uint32_t next_ = 0;
};

}  // namespace pixelpass::tunnel
