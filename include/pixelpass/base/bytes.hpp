#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pixelpass {

/// Bytes are `std::uint8_t` throughout: it is what ngtcp2, OpenSSL, GStreamer and the kernel take.
using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Copies the bytes to a place with enough room; returns the end of the copy. In one move: GCC 12's
/// std::ranges::copy copies const bytes one by one.
inline std::uint8_t* copy_bytes(ByteView from, std::uint8_t* to) {
  return std::copy(from.begin(), from.end(), to);
}

/// Immutable bytes with shared ownership of the memory that holds them (a vector, a mapped GstBuffer). A copy
/// is a reference count; the view stays valid as long as any copy lives. Any thread.
class SharedBytes {
 public:
  SharedBytes() = default;
  SharedBytes(std::shared_ptr<const void> owner, ByteView view) : owner_(std::move(owner)), view_(view) {}

  /// Takes over a vector without copying its bytes.
  static SharedBytes adopt(Bytes bytes);
  static SharedBytes copy_of(ByteView bytes);

  [[nodiscard]] ByteView view() const { return view_; }
  [[nodiscard]] const std::uint8_t* data() const { return view_.data(); }
  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }

 private:
  std::shared_ptr<const void> owner_;
  ByteView view_;
};

}  // namespace pixelpass
