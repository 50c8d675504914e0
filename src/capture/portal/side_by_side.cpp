#include "capture/portal/side_by_side.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pixelpass::capture {
namespace {

constexpr int kScreenWidth = 16;
constexpr int kScreenHeight = 9;

using Row = std::span<const Size>;

int rounded_up(int side) {
  return side + side % 2;
}

Size size_of(Row row) {
  Size size{};
  for (const Size& one : row) {
    size.width += rounded_up(one.width);
    size.height = std::max(size.height, rounded_up(one.height));
  }
  return size;
}

std::vector<Row> in_rows(std::span<const Size> sizes, std::size_t columns) {
  std::vector<Row> rows;
  for (; !sizes.empty(); sizes = sizes.subspan(rows.back().size()))
    rows.push_back(sizes.first(std::min(columns, sizes.size())));
  return rows;
}

Size whole_of(const std::vector<Row>& rows) {
  Size whole{};
  for (const Row row : rows) {
    const Size size = size_of(row);
    whole.width = std::max(whole.width, size.width);
    whole.height += size.height;
  }
  return whole;
}

/// How small the picture would be on the screen; only used for comparison.
std::int64_t smallness(Size whole) {
  return std::max(std::int64_t{whole.width} * kScreenHeight, std::int64_t{whole.height} * kScreenWidth);
}

/// The even position of the middle, or next to it.
int centred(int length, int in) {
  return (in - rounded_up(length)) / 4 * 2;
}

SideBySide lay_out(const std::vector<Row>& rows) {
  SideBySide laid{whole_of(rows), {}};
  int y = 0;
  for (const Row row : rows) {
    const Size size = size_of(row);
    int x = centred(size.width, laid.whole.width);
    for (const Size& one : row) {
      laid.parts.push_back({x, y + centred(one.height, size.height), one});
      x += rounded_up(one.width);
    }
    y += size.height;
  }
  return laid;
}

}  // namespace

SideBySide side_by_side(std::span<const Size> sizes) {
  std::vector<Row> best = in_rows(sizes, std::max<std::size_t>(sizes.size(), 1));
  for (std::size_t columns = sizes.size(); columns > 1; --columns) {
    auto rows = in_rows(sizes, columns - 1);
    if (smallness(whole_of(rows)) < smallness(whole_of(best))) best = std::move(rows);
  }
  return lay_out(best);
}

}  // namespace pixelpass::capture
