#include "pixelpass/base/clean_text.hpp"

#include "fuzz.hpp"

namespace {

/// Whether a byte could steer a terminal whatever is around it.
bool is_control(char c) {
  return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f;
}

}  // namespace

/// Whatever comes, what is left is clean, bounded, and stays as it is when it is cleaned again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  if (size == 0) return 0;
  const auto text = as_text(ByteView(data, size).subspan(1));
  const auto clean = clean_text(text, data[0]);
  fuzz::require(clean.size() <= data[0], "its length is bounded");
  fuzz::require(std::ranges::none_of(clean, is_control), "no control character is left");
  fuzz::require(clean_text(clean, data[0]) == clean, "clean text stays as it is");
  const auto lines = clean_lines(text);
  fuzz::require(clean_lines(lines) == lines, "clean lines stay as they are");
  fuzz::require(std::ranges::count(lines, '\n') == std::ranges::count(text, '\n'), "line breaks stay");
  return 0;
}
