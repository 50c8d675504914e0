#include "app/host/frame_crossing.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"
#include "pixelpass/wire/group_stream.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace pixelpass::app {
namespace {

Error too_long(std::size_t bytes) {
  return {"a picture of " + std::to_string(bytes) + " bytes of MPEG-TS is not sent: viewers take " +
              std::to_string(wire::kMaxFrameBytes) + " at the most",
          "encode at a lower bitrate or a smaller size"};
}

/// The most bytes that the unit may take on the wire.
std::size_t sent_bytes(const MediaUnit& unit) {
  const std::size_t bytes = byte_count(unit);
  return std::holds_alternative<Frame>(unit) ? bytes : mpegts::TsWriter::most_frame_bytes(bytes);
}

}  // namespace

struct FrameCrossing::State {
  State(boost::asio::any_io_executor executor, Handlers to, std::size_t cap_bytes)
      : network(std::move(executor)), handlers(std::move(to)), cap(cap_bytes) {}

  bool admit(MediaUnit& unit);
  void deliver(MediaUnit unit);

  const boost::asio::any_io_executor network;
  const Handlers handlers;
  const std::size_t cap;                  ///< bytes
  std::atomic<std::size_t> in_flight{0};  ///< bytes; added to by sources, taken from by the network thread
  std::atomic<std::uint64_t> dropped{0};  ///< units
  std::mutex mutex;       ///< among the source's own threads; the network thread never takes it
  bool dropping = false;  ///< guarded by mutex: up to the next keyframe
  bool told = false;      ///< guarded by mutex: that a unit was too long
  bool open = true;       ///< network thread only
};

bool FrameCrossing::State::admit(MediaUnit& unit) {
  const std::size_t bytes = byte_count(unit);
  const std::size_t waiting = in_flight.load(std::memory_order_relaxed);
  const bool full = waiting != 0 && waiting + bytes > cap;
  const bool too_long = sent_bytes(unit) > wire::kMaxFrameBytes;
  if (too_long || full || (dropping && !is_keyframe(unit))) {
    dropping = true;
    dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (std::exchange(dropping, false)) mark_gap(unit);
  in_flight.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

void FrameCrossing::State::deliver(MediaUnit unit) {
  in_flight.fetch_sub(byte_count(unit), std::memory_order_relaxed);
  if (open) handlers.on_unit(std::move(unit));
}

FrameCrossing::FrameCrossing(boost::asio::any_io_executor network, Handlers handlers, std::size_t cap_bytes)
    : state_(std::make_shared<State>(std::move(network), std::move(handlers), cap_bytes)) {}

FrameCrossing::~FrameCrossing() {
  state_->open = false;
}

void FrameCrossing::push(MediaUnit unit) {
  // Held while posting, so that units from different source threads arrive in order.
  const std::lock_guard lock(state_->mutex);
  const std::size_t length = sent_bytes(unit);
  if (length > wire::kMaxFrameBytes && !std::exchange(state_->told, true)) {
    boost::asio::post(state_->network, [state = state_, error = too_long(length)] {
      if (state->open) state->handlers.on_too_long(error);
    });
  }
  if (!state_->admit(unit)) return;
  boost::asio::post(state_->network, [state = state_, moved = std::move(unit)]() mutable {
    state->deliver(std::move(moved));
  });
}

void FrameCrossing::end(Error error) {
  post([state = state_.get(), moved = std::move(error)] { state->handlers.on_ended(moved); });
}

void FrameCrossing::post(std::function<void()> what) {
  const std::lock_guard lock(state_->mutex);
  boost::asio::post(state_->network, [state = state_, moved = std::move(what)] {
    if (state->open) moved();
  });
}

std::uint64_t FrameCrossing::dropped_frames() const {
  return state_->dropped.load(std::memory_order_relaxed);
}

}  // namespace pixelpass::app
