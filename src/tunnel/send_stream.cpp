#include "tunnel/send_stream.hpp"

#include <algorithm>
#include <cassert>

namespace pixelpass::tunnel {

void SendStream::append(ByteView header, SharedBytes payload) {
  assert(header.size() <= kMaxHeaderBytes && !finishing_);
  auto& chunk = chunks_.emplace_back();
  copy_bytes(header, chunk.header.data());
  chunk.header_bytes = header.size();
  chunk.payload = std::move(payload);
  unsent_bytes_ += chunk.size();
  held_bytes_ += chunk.size();
}

void SendStream::cancel() {
  cancelled_ = true;
  chunks_.clear();
  next_chunk_ = next_offset_ = 0;
  unsent_bytes_ = held_bytes_ = 0;
}

std::size_t SendStream::gather(std::span<ngtcp2_vec> out, std::size_t enough, bool& reaches_end) const {
  std::size_t used = 0;
  std::size_t bytes = 0;
  std::size_t skip = next_offset_;
  const auto add = [&](const std::uint8_t* data, std::size_t size) {
    const std::size_t skipped = std::min(skip, size);
    skip -= skipped;
    // ngtcp2 never writes through this pointer; only its struct lacks a const.
    if (size > skipped) out[used++] = {const_cast<std::uint8_t*>(data) + skipped, size - skipped};
    bytes += size - skipped;
  };
  std::size_t i = next_chunk_;
  for (; i < chunks_.size() && used + 2 <= out.size() && bytes < enough; ++i) {
    add(chunks_[i].header.data(), chunks_[i].header_bytes);
    add(chunks_[i].payload.data(), chunks_[i].payload.size());
  }
  reaches_end = finishing_ && i == chunks_.size();
  return used;
}

void SendStream::on_sent(std::size_t bytes, bool fin) {
  assert(bytes <= unsent_bytes_);
  unsent_bytes_ -= bytes;
  next_offset_ += bytes;
  while (next_chunk_ < chunks_.size() && next_offset_ >= chunks_[next_chunk_].size()) {
    next_offset_ -= chunks_[next_chunk_].size();
    ++next_chunk_;
  }
  if (fin && unsent_bytes_ == 0) fin_sent_ = true;
}

void SendStream::on_acknowledged(std::uint64_t offset) {
  acknowledged_bytes_ = std::max(acknowledged_bytes_, offset);
  while (next_chunk_ > 0 && front_offset_ + chunks_.front().size() <= offset) {
    front_offset_ += chunks_.front().size();
    held_bytes_ -= chunks_.front().size();
    chunks_.pop_front();
    --next_chunk_;
  }
}

}  // namespace pixelpass::tunnel
