#include "capture/portal/mosaic.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace pixelpass::capture {
namespace {

/// How long a source's first picture is waited for. Compositors usually paint once for a new stream, but need
/// not.
constexpr auto kAllWithin = 250ms;
/// The most whole pictures at once: one is encoded, one waits for it, one is painted.
constexpr guint kMostWhole = 4;
/// A side longer than this is no screen's, but a number too large for the pool.
constexpr int kLongestSide = 32'000;

}  // namespace

void Mosaic::FreePool::operator()(GstBufferPool* pool) const noexcept {
  gst_buffer_pool_set_active(pool, FALSE);
  gst_object_unref(pool);
}

Mosaic::Mosaic(std::size_t sources, Duration every) : every_(every), tiles_(sources) {}

void Mosaic::expect(std::size_t source, Size size) {
  if (Tile& tile = tiles_[source]; tile.is_awaited) tile.size = size;
}

void Mosaic::put(std::size_t source, gst::Owned<GstSample> picture, Instant captured_at, Instant now) {
  const auto size = upright_size(picture.get());
  if (!size) return;
  Tile& tile = tiles_[source];
  tile.picture = std::move(picture);
  tile.size = *size;
  tile.is_awaited = false;
  if (!is_shown(source)) return;
  captured_at_ = std::max(captured_at_, captured_at);
  change(now);
}

void Mosaic::point(std::size_t source, PointerNote note, Instant now) {
  Tile& tile = tiles_[source];
  const bool looks_new = note.image.has_value();
  const bool is_new =
      note.visible ? !tile.pointer.visible || looks_new || note.at != tile.pointer.at : tile.pointer.visible;
  if (!looks_new) note.image = std::move(tile.pointer.image);
  tile.pointer = std::move(note);
  if (!is_new || !tile.picture || !is_shown(source)) return;
  captured_at_ = std::max(captured_at_, now);
  change(now);
}

void Mosaic::forget(std::size_t source, Instant now) {
  const Tile gone = std::exchange(tiles_[source], {nullptr, {}, false, {}});
  if (gone.picture || gone.is_awaited) change(now);
}

/// The picture that is shown next counts as captured now, however old its parts are.
void Mosaic::show(std::optional<std::size_t> alone, Instant now) {
  if (std::exchange(alone_, alone) == alone) return;
  captured_at_ = now;
  change(now);
}

void Mosaic::change(Instant now) {
  if (!changed_at_) changed_at_ = now;
}

bool Mosaic::awaits_any() const {
  if (alone_) return *alone_ < tiles_.size() && tiles_[*alone_].is_awaited;
  return std::ranges::any_of(tiles_, &Tile::is_awaited);
}

std::optional<Instant> Mosaic::next_timeout() const {
  if (!changed_at_) return std::nullopt;
  if (given_at_) return std::max(*changed_at_, *given_at_ + every_);
  return awaits_any() ? *changed_at_ + kAllWithin : *changed_at_;
}

std::optional<Mosaic::Picture> Mosaic::poll(Instant now) {
  const auto at = next_timeout();
  if (!at || now < *at) return std::nullopt;
  changed_at_.reset();
  given_at_ = now;
  lay_out();
  auto whole = paint();
  if (!whole) {
    if (pool_) changed_at_ = now;  // all are in use
    return std::nullopt;
  }
  return Picture{std::move(whole), captured_at_};
}

void Mosaic::lay_out() {
  std::vector<Size> sizes;
  for (std::size_t i = 0; i < tiles_.size(); ++i) sizes.push_back(is_shown(i) ? tiles_[i].size : Size{});
  const Size before = std::exchange(laid_, side_by_side(sizes)).whole;
  if (before == laid_.whole && pool_) return;
  pool_.reset();
  if (laid_.whole.width == 0 || std::max(laid_.whole.width, laid_.whole.height) > kLongestSide) return;
  caps_.reset(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "BGRx", "width", G_TYPE_INT,
                                  laid_.whole.width, "height", G_TYPE_INT, laid_.whole.height, "framerate",
                                  GST_TYPE_FRACTION, 0, 1, nullptr));
  const auto bytes = static_cast<guint>(laid_.whole.width) * static_cast<guint>(laid_.whole.height) *
                     static_cast<guint>(sizeof(std::uint32_t));
  pool_.reset(gst_buffer_pool_new());
  GstStructure* config = gst_buffer_pool_get_config(pool_.get());
  gst_buffer_pool_config_set_params(config, caps_.get(), bytes, 0, kMostWhole);
  if (gst_buffer_pool_set_config(pool_.get(), config) == FALSE ||
      gst_buffer_pool_set_active(pool_.get(), TRUE) == FALSE)
    pool_.reset();
}

gst::Owned<GstSample> Mosaic::paint() {
  GstBuffer* taken = nullptr;
  GstBufferPoolAcquireParams at_once{};
  at_once.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
  if (!pool_ || gst_buffer_pool_acquire_buffer(pool_.get(), &taken, &at_once) != GST_FLOW_OK) return nullptr;
  const gst::Owned<GstBuffer> whole(taken);
  GstMapInfo map;
  if (gst_buffer_map(whole.get(), &map, GST_MAP_WRITE) == FALSE) return nullptr;
  std::memset(map.data, 0, map.size);
  const MosaicCanvas canvas{
      std::span(reinterpret_cast<std::uint32_t*>(map.data), map.size / sizeof(std::uint32_t)), laid_.whole};
  for (std::size_t i = 0; i < tiles_.size(); ++i)
    if (tiles_[i].picture && is_shown(i)) paint_source(i, canvas);
  gst_buffer_unmap(whole.get(), &map);
  return gst::Owned<GstSample>(gst_sample_new(whole.get(), caps_.get(), nullptr, nullptr));
}

void Mosaic::paint_source(std::size_t source, const MosaicCanvas& canvas) const {
  const Tile& tile = tiles_[source];
  if (!paint_tile(tile.picture.get(), canvas, laid_.parts[source])) return;
  const PointerNote& pointer = tile.pointer;
  if (!pointer.visible) return;
  if (pointer.image)
    paint_pointer(*pointer.image, pointer.at, tile.picture.get(), canvas, laid_.parts[source]);
  else
    paint_arrow(pointer.at, tile.picture.get(), canvas, laid_.parts[source]);
}

}  // namespace pixelpass::capture
