#include "app/host/identity_file.hpp"

#include "pixelpass/base/own_file.hpp"

#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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

Error failure(const std::filesystem::path& file, const std::string& why, const std::string& hint) {
  return {"the identity file " + file.string() + " " + why, hint};
}
[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why, const std::string& hint) {
  throw StartupError(failure(file, why, hint));
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

/// What the thread works on, and the network thread has, too; the latter alone has `done`. May outlive io.
class IdentityReplacement::Work : public std::enable_shared_from_this<Work> {
 public:
  Work(boost::asio::io_context& io, std::filesystem::path file, KeyBytes content, Done done)
      : file_(std::move(file)), content_(std::move(content)), done_(std::move(done)), io_(&io) {}

  void begin();
  void give_up();
  void end();

 private:
  void run() noexcept;
  void replace();
  bool is_awaited();
  bool may_rename();
  void post(std::optional<Error> outcome);
  void finish(const std::optional<Error>& outcome);

  const std::filesystem::path file_;
  const KeyBytes content_;
  Done done_;
  std::mutex mutex_;             ///< guards all below
  boost::asio::io_context* io_;  ///< null: nobody waits any more
  bool is_renaming_ = false;
};

void IdentityReplacement::Work::begin() {
  try {
    std::thread([self = shared_from_this()] { self->run(); }).detach();
  } catch (const std::system_error& why) {
    post(failure(file_, std::string("cannot be written: no thread can be started: ") + why.what(),
                 "close other programs"));
  }
}

void IdentityReplacement::Work::end() {
  done_ = {};
  const std::scoped_lock lock(mutex_);
  io_ = nullptr;
}

void IdentityReplacement::Work::give_up() {
  bool is_renaming = false;
  {
    const std::scoped_lock lock(mutex_);
    if (io_ == nullptr) return;
    io_ = nullptr;
    is_renaming = is_renaming_;
  }
  finish(failure(file_, "is not written: its disk does not answer",
                 is_renaming ? "the ticket stays the old one; at the next start it may be a new one"
                             : "the ticket stays the old one; try again once the disk answers"));
}

void IdentityReplacement::Work::run() noexcept {
  try {
    replace();
    post(std::nullopt);
  } catch (const StartupError& why) {
    post(why.error());
  } catch (const std::exception& why) {
    post(Error{std::string("unexpected: ") + why.what(), "run it again with --log-level debug"});
  }
}

/// One that was given up may still be under way, and has the same name beside the file.
void IdentityReplacement::Work::replace() {
  static std::mutex one_at_a_time;
  const std::scoped_lock alone(one_at_a_time);
  if (!is_awaited()) return;
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

bool IdentityReplacement::Work::is_awaited() {
  const std::scoped_lock lock(mutex_);
  return io_ != nullptr;
}

/// From then on it comes about.
bool IdentityReplacement::Work::may_rename() {
  const std::scoped_lock lock(mutex_);
  is_renaming_ = io_ != nullptr;
  return is_renaming_;
}

/// Nothing is posted to an io_context that may be gone.
void IdentityReplacement::Work::post(std::optional<Error> outcome) {
  const std::scoped_lock lock(mutex_);
  if (io_ == nullptr) return;
  boost::asio::post(*io_,
                    [self = shared_from_this(), outcome = std::move(outcome)] { self->finish(outcome); });
}

void IdentityReplacement::Work::finish(const std::optional<Error>& outcome) {
  if (const auto done = std::exchange(done_, {})) done(outcome);
}

IdentityReplacement::IdentityReplacement(boost::asio::io_context& io, const std::filesystem::path& file,
                                         const tunnel::Identity& identity, Duration patience, Done done)
    : work_(std::make_shared<Work>(io, file, KeyBytes(identity.serialize()), std::move(done))),
      patience_(io, patience) {
  patience_.async_wait([work = work_](boost::system::error_code cancelled) {
    if (!cancelled) work->give_up();
  });
  work_->begin();
}

IdentityReplacement::~IdentityReplacement() {
  work_->end();
}

}  // namespace pixelpass::app
