#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pixelpass::capture {

/// A part of another process's file, mapped to be read, for as long as this is there. That process may cut
/// the file off meanwhile: who reads behind its end then gets zeros, and not the signal that would end us. A
/// file that is sealed against it, as mutter's and KWin's are, is read as it is; the wlroots portal's comes
/// from shm_open() and cannot be sealed. For the others the process's handler of SIGBUS is ours from the
/// first of them on; what is not theirs goes to the one before. Thread: any.
class MappedFile {
 public:
  /// `bytes` from `offset` on.
  MappedFile(int fd, std::size_t offset, std::size_t bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// Empty: the file is shorter than that, or cannot be mapped.
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return bytes_; }
  /// Somebody has read behind the file's end: what is in bytes() now is none of it.
  [[nodiscard]] bool has_shrunk() const;

 private:
  struct Guard;
  struct Guards;

  void* mapped_ = nullptr;
  std::size_t length_ = 0;
  Guard* guard_ = nullptr;  ///< null: the file cannot shrink
  std::span<std::uint8_t> bytes_;
};

/// Whether it is a file in memory that stays as long as it is: it is sealed, by us where it was not.
bool cannot_shrink(int fd);

}  // namespace pixelpass::capture
