#include "pixelpass/base/bytes.hpp"

namespace pixelpass {

SharedBytes SharedBytes::adopt(Bytes bytes) {
  auto owner = std::make_shared<const Bytes>(std::move(bytes));
  const ByteView view(*owner);
  return {std::move(owner), view};
}

SharedBytes SharedBytes::copy_of(ByteView bytes) {
  return adopt(Bytes(bytes.begin(), bytes.end()));
}

}  // namespace pixelpass
