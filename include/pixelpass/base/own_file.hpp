#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pixelpass {

/// An open file; closed by the destructor. A value below 0: it could not be opened, and errno says why.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  /// The caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

enum class Links : std::uint8_t { kFollow, kRefuse };

/// Opens a file to read. Never waits: not for the other end of a FIFO either (a file of the user's choice, or
/// one that somebody else has put there, may be anything).
Descriptor open_to_read(const std::filesystem::path& file, Links links);

/// Why an open file cannot be taken for one that this user has put there: "is not a regular file", "belongs
/// to another user (uid 1001)", "has 70 bytes, more than the 48 that are read". Empty: it can.
std::string objection_to_file(int fd, off_t most_bytes);

/// All of a file that this user has put there; one that is a link, or has more than this, is none. Never
/// waits. Nullopt: there is none, or it cannot be read.
std::optional<std::string> read_own_file(const std::filesystem::path& file, off_t most_bytes);

/// Puts a file that only this user can read in the place of whatever has that name, a FIFO or a link
/// included: nothing that is there is opened or followed. It is there whole or not at all. False: it cannot
/// be written, and what was there still is; errno says why.
bool replace_own_file(const std::filesystem::path& file, std::string_view text);

/// Whether `folder` is a folder, not a link to one, that this user owns and nobody else may write into.
bool is_own_folder(const std::filesystem::path& folder);
/// Makes `folder`, which nobody else may look into, where it is not there yet. False: it cannot be made, or
/// it is there and not this user's alone; errno says which.
bool make_own_folder(const std::filesystem::path& folder);

}  // namespace pixelpass
