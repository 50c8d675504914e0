#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pixelpass::playback {

/// Matroska's seek head says where the file's other parts are (RFC 9559, 5.1.1), which a muxer knows at its
/// end alone: until then it is hidden, as a Void element (RFC 8794, 11.3.2) of the same size. Players look
/// for the parts where it says, and complain of a file whose end never came. Sans-IO.
class LateSeekHead {
 public:
  /// The head's first bytes: its id, and its size in the eight bytes that muxers leave for it.
  static constexpr std::size_t kSize = 12;

  /// To be given all of the file's bytes: where in `bytes`, which belong at `at`, the head begins, once.
  /// There hidden() is to be written over it.
  std::optional<std::size_t> find(ByteView bytes, std::uint64_t at);
  /// kSize bytes. Only once it has been found.
  [[nodiscard]] Bytes hidden() const;

  struct Patch {
    std::uint64_t at;  ///< from the file's beginning
    Bytes bytes;
  };
  /// What shows it, once all that it says is true; nullopt: there is none.
  [[nodiscard]] std::optional<Patch> shown() const;

 private:
  std::optional<Patch> head_;
};

}  // namespace pixelpass::playback
