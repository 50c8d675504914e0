#include "web/page.hpp"

namespace pixelpass::web {
namespace {

constexpr std::uint8_t kPage[] = {
#include "web/page_bytes.inc"
};

}  // namespace

ByteView page() {
  return kPage;
}

}  // namespace pixelpass::web
