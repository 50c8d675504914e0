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

/// Opens a file for reading. Never waits, not for a FIFO's other end either: a file that the user names, or
/// others have put there, may be anything.
Descriptor open_to_read(const std::filesystem::path& file, Links links);

/// Why an open file is not accepted as this user's own: "is not a regular file", "belongs to another user
/// (uid 1001)", "has 70 bytes, more than the 48 that are read". Empty: it is.
std::string objection_to_file(int fd, off_t most_bytes);

/// The content of this user's own file; a link, or a longer file, is not read. Never waits. Nullopt: there is
/// none, or it cannot be read.
std::optional<std::string> read_own_file(const std::filesystem::path& file, off_t most_bytes);

/// Replaces whatever has this name (also a FIFO or a link, without opening or following it) by a file that
/// only this user can read. The file is written completely or not at all. False: it cannot be written, and
/// the former one still exists; errno says why.
bool replace_own_file(const std::filesystem::path& file, std::string_view text);

/// Whether `folder` is a real folder, no link, that this user owns and nobody else can write to.
bool is_own_folder(const std::filesystem::path& folder);
/// Makes `folder`, private to this user, unless it exists. False: it cannot be made, or exists and is not
/// private; errno says which.
bool make_own_folder(const std::filesystem::path& folder);

}  // namespace pixelpass
