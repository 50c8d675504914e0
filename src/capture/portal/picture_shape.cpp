#include "capture/portal/picture_shape.hpp"

#include <algorithm>

namespace pixelpass::capture {
namespace {

/// Compositors round sizes up to whole pages.
constexpr std::size_t kPage = 4096;

}  // namespace

void ShapeGuard::agree(std::size_t row_bytes, std::size_t rows) {
  row_bytes_ = row_bytes;
  rows_ = rows;
  first_.reset();
}

bool ShapeGuard::accept(const PictureShape& picture) {
  if (first_) return picture == *first_;
  const std::size_t needed = picture.stride * rows_;
  // The last row may end where its pixels do.
  const std::size_t least = needed - (picture.stride - std::min(row_bytes_, picture.stride));
  const bool fits = picture.stride >= row_bytes_ && picture.size >= least &&
                    picture.size < needed + std::max(kPage, picture.stride);
  if (fits) first_ = picture;
  return fits;
}

}  // namespace pixelpass::capture
