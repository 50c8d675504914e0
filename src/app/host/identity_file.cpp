#include "app/host/identity_file.hpp"

#include "pixelpass/base/own_file.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace pixelpass::app {
namespace {

constexpr off_t kMostFileBytes = 2048;  // ours have some 360

/// Bytes with a private key in them: nothing of it stays in memory that is given back.
struct KeyBytes {
  Bytes bytes;
  explicit KeyBytes(Bytes taken) : bytes(std::move(taken)) {}
  KeyBytes(KeyBytes&&) noexcept = default;
  KeyBytes& operator=(KeyBytes&&) = delete;
  ~KeyBytes() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why, const std::string& hint) {
  throw StartupError("the identity file " + file.string() + " " + why, hint);
}

/// Its size in bytes.
std::size_t check_file(const std::filesystem::path& file, int fd) {
  if (const auto objection = objection_to_file(fd, kMostFileBytes); !objection.empty())
    fail(file, objection,
         "give another name after --identity: a file of your own, or one that is not there yet");
  struct stat status {};
  if (fstat(fd, &status) != 0) fail(file, "cannot be read", "check the disk");
  if ((status.st_mode & 077) != 0)
    fail(file, "can be read by others", "whoever reads it can be you: chmod 600 " + file.string());
  return static_cast<std::size_t>(status.st_size);
}

/// nullopt when there is no such file.
std::optional<KeyBytes> load(const std::filesystem::path& file) {
  const Descriptor fd = open_to_read(file, Links::kFollow);
  if (fd.get() < 0 && errno == ENOENT) return std::nullopt;
  if (fd.get() < 0)
    fail(file, std::string("cannot be read: ") + std::strerror(errno), "check its owner and its mode");
  KeyBytes content(Bytes(check_file(file, fd.get())));
  auto& bytes = content.bytes;
  if (read(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    fail(file, "cannot be read whole", "check the disk");
  return content;
}

void save(const std::filesystem::path& file, ByteView bytes) {
  const Descriptor fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) fail(file, std::string("cannot be made: ") + std::strerror(errno), "check its folder");
  if (write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      fsync(fd.get()) == 0)
    return;
  const int reason = errno;
  unlink(file.c_str());
  fail(file, std::string("cannot be written: ") + std::strerror(reason), "check the disk");
}

/// A name that was given or changed lasts over a power cut, too, from then on. Not all file systems can do
/// that.
void sync_folder_of(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : ".";
  const Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) static_cast<void>(fsync(fd.get()));
}

/// One replacement, made on a thread of its own, which is left behind where the disk does not answer.
class Replacement {
 public:
  Replacement(std::filesystem::path file, KeyBytes content)
      : file_(std::move(file)), content_(std::move(content)) {}

  /// That thread's.
  void run() noexcept {
    std::optional<Error> error;
    try {
      replace();
    } catch (const StartupError& why) {
      error = why.error();
    } catch (const std::exception& why) {
      error = Error{std::string("unexpected: ") + why.what(), "run it again with --log-level debug"};
    }
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    is_over_ = true;
    changed_.notify_all();
  }
  /// Throws StartupError: it has failed, or is not over in time and does not come about any more.
  void wait(Duration patience) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return is_over_; })) {
      is_given_up_ = true;
      fail(file_, "is not written: its disk does not answer",
           is_renaming_ ? "the ticket stays the old one; at the next start it may be a new one"
                        : "the ticket stays the old one; try again once the disk answers");
    }
    if (error_) throw StartupError(*error_);
  }

 private:
  void replace() {
    std::error_code error;
    const auto target = std::filesystem::canonical(file_, error);  // a link to it stays one
    if (error) fail(file_, "cannot be found: " + error.message(), "check its folder");
    auto beside = target;
    beside += ".new";
    unlink(beside.c_str());  // of a run that was killed meanwhile
    save(beside, content_.bytes);
    if (!may_rename()) return static_cast<void>(unlink(beside.c_str()));
    if (rename(beside.c_str(), target.c_str()) == 0) return sync_folder_of(target);
    const int reason = errno;
    unlink(beside.c_str());
    fail(file_, std::string("cannot be written: ") + std::strerror(reason), "check its folder");
  }
  /// From then on it comes about.
  bool may_rename() {
    const std::lock_guard lock(mutex_);
    is_renaming_ = !is_given_up_;
    return is_renaming_;
  }

  const std::filesystem::path file_;
  const KeyBytes content_;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::optional<Error> error_;
  bool is_over_ = false;
  bool is_renaming_ = false;
  bool is_given_up_ = false;
};

}  // namespace

tunnel::Identity load_or_create_identity(const std::filesystem::path& file, const Random& random) {
  if (const auto content = load(file)) {
    if (auto identity = tunnel::Identity::parse(content->bytes)) return *std::move(identity);
    fail(file, "holds no identity of this version",
         "it was not made by pixelpass, or by another version, or is damaged; move it away and a new one is "
         "made, with a new ticket");
  }
  auto identity = tunnel::Identity::generate(random);
  save(file, KeyBytes(identity.serialize()).bytes);
  sync_folder_of(file);
  return identity;
}

void replace_identity(const std::filesystem::path& file, const tunnel::Identity& identity,
                      Duration patience) {
  const auto replacement = std::make_shared<Replacement>(file, KeyBytes(identity.serialize()));
  try {
    std::thread([replacement] { replacement->run(); }).detach();
  } catch (const std::system_error& why) {
    fail(file, std::string("cannot be written: no thread can be started: ") + why.what(),
         "close other programs");
  }
  replacement->wait(patience);
}

}  // namespace pixelpass::app
