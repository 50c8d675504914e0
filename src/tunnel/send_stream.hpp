#pragma once

#include "pixelpass/base/bytes.hpp"

#include <ngtcp2/ngtcp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

namespace pixelpass::tunnel {

inline constexpr std::int64_t kNoStream = -1;

/// The unsent and unacknowledged data of one QUIC stream: shared payloads, each with a small header of its
/// own in front. A chunk is held until all of it is acknowledged, because ngtcp2 retransmits from the same
/// memory. Thread: network.
class SendStream {
 public:
  static constexpr std::size_t kMaxHeaderBytes = 24;

  SendStream() = default;
  SendStream(const SendStream&) = delete;
  SendStream& operator=(const SendStream&) = delete;

  /// Appends a header (copied, at most kMaxHeaderBytes) and a payload (shared).
  void append(ByteView header, SharedBytes payload);
  /// Marks the end: no more will be appended.
  void finish() { finishing_ = true; }
  /// Drops all data. Only once the stream is reset: from then on ngtcp2 neither retransmits its bytes nor
  /// looks at them (it drops what waits to be sent again, and skips what it finds lost).
  void cancel();

  /// What is appended now may be sent: flow control does not hold it up.
  [[nodiscard]] bool can_send() const { return !blocked_ && !cancelled_; }
  [[nodiscard]] bool wants_to_send() const {
    return can_send() && (unsent_bytes_ > 0 || (finishing_ && !fin_sent_));
  }
  [[nodiscard]] std::size_t unsent_bytes() const { return unsent_bytes_; }
  /// Bytes that are kept for this stream: not sent yet, or sent and not acknowledged from the first byte on.
  /// Bytes behind a gap in the acknowledgements count.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] std::uint64_t acknowledged_bytes() const { return acknowledged_bytes_; }
  [[nodiscard]] bool all_sent() const { return cancelled_ || (finishing_ && fin_sent_); }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

  /// The next bytes to send: `enough` of them, or as many slices as `out` has room for. Returns the number of
  /// slices. `reaches_end`: the slices reach the end of a finished stream.
  std::size_t gather(std::span<ngtcp2_vec> out, std::size_t enough, bool& reaches_end) const;
  void on_sent(std::size_t bytes, bool fin);
  /// All bytes before `offset` have been acknowledged.
  void on_acknowledged(std::uint64_t offset);

  /// Set by the connection: the stream's id once it is open, and whether flow control blocks it.
  std::int64_t id = kNoStream;
  void set_blocked(bool blocked) { blocked_ = blocked; }

 private:
  struct Chunk {
    std::array<std::uint8_t, kMaxHeaderBytes> header;
    std::size_t header_bytes = 0;
    SharedBytes payload;
    [[nodiscard]] std::size_t size() const { return header_bytes + payload.size(); }
  };

  std::deque<Chunk> chunks_;        // ends may come and go without moving the others: ngtcp2 points into them
  std::size_t next_chunk_ = 0;      // first chunk with unsent bytes
  std::size_t next_offset_ = 0;     // within it
  std::uint64_t front_offset_ = 0;  // stream offset of chunks_.front()
  std::size_t unsent_bytes_ = 0;
  std::size_t held_bytes_ = 0;
  std::uint64_t acknowledged_bytes_ = 0;
  bool finishing_ = false;
  bool fin_sent_ = false;
  bool cancelled_ = false;
  bool blocked_ = false;
};

}  // namespace pixelpass::tunnel
