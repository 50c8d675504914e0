#include "capture/portal/picture_buffer.hpp"
#include "capture/portal/pointer_note.hpp"
#include "fuzz.hpp"

#include <cstring>
#include <vector>

namespace pixelpass::capture {
namespace {

/// Takes values off the front of the input; zeros when it has ended.
class Input {
 public:
  explicit Input(ByteView bytes) : bytes_(bytes) {}
  template <class T>
  T take() {
    T value{};
    const auto size = std::min(sizeof value, bytes_.size());
    if (size > 0) std::memcpy(&value, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
    return value;
  }
  std::vector<std::uint8_t> take_bytes(std::size_t most) {
    const auto size = std::min(most, bytes_.size());
    const std::vector<std::uint8_t> taken(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size));
    bytes_ = bytes_.subspan(size);
    return taken;
  }

 private:
  ByteView bytes_;
};

void require_inside(const PicturePart& part, Size whole) {
  fuzz::require(part.x >= 0 && part.y >= 0 && part.size.width > 0 && part.size.height > 0,
                "a part is something");
  fuzz::require(part.x + part.size.width <= whole.width && part.y + part.size.height <= whole.height,
                "a part is inside");
}

void require_readable(const PixelRows& rows, std::size_t readable, const PicturePart& part) {
  fuzz::require(rows.offset <= readable && rows.size <= readable - rows.offset, "all of it can be read");
  fuzz::require(rows.size == rows.stride * static_cast<std::size_t>(part.size.height - 1) +
                                 static_cast<std::size_t>(part.size.width) * 4,
                "all of it is there");
}

void require_whole(const PointerImage& image) {
  fuzz::require(image.width >= 0 && image.width <= kLongestPointer && image.height >= 0 &&
                    image.height <= kLongestPointer,
                "a pointer is as large as those that are asked for");
  fuzz::require(
      image.pixels.size() == static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height),
      "all of its pixels are there");
}

void look_at(Input input) {
  const auto side = [&] { return 1 + input.take<std::uint16_t>() % 16384; };
  const Size whole{side(), side()};
  auto chunk = input.take<spa_chunk>();
  spa_data data{input.take<std::uint8_t>() % std::uint32_t{SPA_DATA_MemId},
                0,
                -1,
                0,
                input.take<std::uint32_t>(),
                nullptr,
                &chunk};
  // Each of the kinds, of whatever length, in memory that ends there.
  std::vector<std::vector<std::uint8_t>> memory;
  std::vector<spa_meta> metas;
  for (std::uint32_t type = 0; type <= SPA_META_VideoTransform; ++type)
    memory.push_back(input.take_bytes(input.take<std::uint8_t>() % 64));
  for (auto& bytes : memory)
    metas.push_back(
        {static_cast<std::uint32_t>(metas.size()), static_cast<std::uint32_t>(bytes.size()), bytes.data()});
  const spa_buffer buffer{static_cast<std::uint32_t>(metas.size()), 1, metas.data(), &data};
  if (const auto pointer = read_pointer(buffer); pointer && pointer->image) require_whole(*pointer->image);
  const auto notes = read_notes(buffer, whole);
  if (!notes) return;
  require_inside(notes->visible, whole);
  fuzz::require(notes->orientation.quarter_turns >= 0 && notes->orientation.quarter_turns < 4,
                "there are four quarters");
  if (const auto rows = find_rows(data, data.maxsize, whole, notes->visible))
    require_readable(*rows, data.maxsize, notes->visible);
}

}  // namespace
}  // namespace pixelpass::capture

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pixelpass::capture::look_at(pixelpass::capture::Input(pixelpass::ByteView(data, size)));
  return 0;
}
