#include "pixelpass/web/page.hpp"

#include <cassert>

namespace pixelpass::web {
namespace {

constexpr std::uint8_t kPage[] = {
#include "web/page_bytes.inc"
};

constexpr std::string_view kPolicyBegins = "http-equiv=\"Content-Security-Policy\" content=\"";

}  // namespace

ByteView page() {
  return kPage;
}

std::string_view page_policy() {
  const auto text = as_text(page());
  const auto found = text.find(kPolicyBegins);
  assert(found != std::string_view::npos);
  const auto from = found + kPolicyBegins.size();
  return text.substr(from, text.find('"', from) - from);
}

}  // namespace pixelpass::web
