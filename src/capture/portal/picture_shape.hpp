#pragma once

#include <cstddef>
#include <optional>

namespace pixelpass::capture {

/// How a picture of one plane lies in memory.
struct PictureShape {
  std::size_t stride = 0;  ///< bytes from one row to the next
  std::size_t size = 0;    ///< bytes in all

  friend bool operator==(const PictureShape&, const PictureShape&) = default;
};

/// Tells when pictures have stopped being what was agreed on. pipewiresrc 0.3 goes on under the old format
/// when the screen's mode changes: only the bytes tell. Sans-IO.
class ShapeGuard {
 public:
  /// From now on pictures are of `rows` rows of at least `row_bytes` bytes.
  void agree(std::size_t row_bytes, std::size_t rows);
  /// Whether this picture is of that kind, and laid out like the first one of its kind.
  bool accept(const PictureShape& picture);

 private:
  std::size_t row_bytes_ = 0;
  std::size_t rows_ = 0;
  std::optional<PictureShape> first_;
};

}  // namespace pixelpass::capture
