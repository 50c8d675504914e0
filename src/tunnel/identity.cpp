#include "pixelpass/tunnel/identity.hpp"

#include "pixelpass/base/own_file.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <system_error>

namespace pixelpass::tunnel {
namespace {

constexpr std::size_t kSeedBytes = 32;  // Ed25519's, RFC 8032
constexpr std::size_t kFileBytes = kSeedBytes + std::tuple_size_v<Secret>;
using FileBytes = std::array<std::uint8_t, kFileBytes>;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why, const std::string& hint) {
  throw StartupError("the identity file " + file.string() + " " + why, hint);
}

void check_file(const std::filesystem::path& file, int fd) {
  constexpr off_t kAnySize = std::numeric_limits<off_t>::max();
  if (const auto objection = objection_to_file(fd, kAnySize); !objection.empty())
    fail(file, objection,
         "give another name after --identity: a file of your own, or one that is not there yet");
  struct stat status {};
  if (fstat(fd, &status) != 0) fail(file, "cannot be read", "check the disk");
  if ((status.st_mode & 077) != 0)
    fail(file, "can be read by others", "whoever reads it can be you: chmod 600 " + file.string());
  if (status.st_size != static_cast<off_t>(kFileBytes))
    fail(file, "has " + std::to_string(status.st_size) + " bytes, not " + std::to_string(kFileBytes),
         "it was not made by pixelpass, or is damaged; move it away and a new one is made");
}

/// nullopt when there is no such file.
std::optional<FileBytes> load(const std::filesystem::path& file) {
  const Descriptor fd = open_to_read(file, Links::kFollow);
  if (fd.get() < 0 && errno == ENOENT) return std::nullopt;
  if (fd.get() < 0)
    fail(file, std::string("cannot be read: ") + std::strerror(errno), "check its owner and its mode");
  check_file(file, fd.get());
  FileBytes bytes{};
  if (read(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    fail(file, "cannot be read whole", "check the disk");
  return bytes;
}

void save(const std::filesystem::path& file, const FileBytes& bytes) {
  const Descriptor fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) fail(file, std::string("cannot be made: ") + std::strerror(errno), "check its folder");
  if (write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      fsync(fd.get()) == 0)
    return;
  const int reason = errno;
  unlink(file.c_str());
  fail(file, std::string("cannot be written: ") + std::strerror(reason), "check the disk");
}

}  // namespace

Identity Identity::from_seed(std::span<const std::uint8_t, kFileBytes> seed) {
  Identity identity;
  identity.key_ = std::shared_ptr<EVP_PKEY>(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), kSeedBytes), EVP_PKEY_free);
  std::size_t length = identity.public_key_.size();
  if (!identity.key_ ||
      EVP_PKEY_get_raw_public_key(identity.key_.get(), identity.public_key_.data(), &length) != 1 ||
      length != identity.public_key_.size())
    throw std::bad_alloc();
  std::ranges::copy(seed.subspan(kSeedBytes), identity.secret_.begin());
  return identity;
}

Identity Identity::generate(const Random& random) {
  FileBytes bytes{};
  random(bytes);
  auto identity = from_seed(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return identity;
}

Identity Identity::load_or_create(const std::filesystem::path& file, const Random& random) {
  auto bytes = load(file);
  if (!bytes) {
    bytes.emplace();
    random(*bytes);
    save(file, *bytes);
  }
  auto identity = from_seed(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return identity;
}

Identity Identity::with_new_secret(const Random& random) const {
  Identity renewed = *this;
  random(renewed.secret_);
  return renewed;
}

void Identity::replace(const std::filesystem::path& file) const {
  std::error_code error;
  const auto target = std::filesystem::canonical(file, error);  // a link to it stays one
  if (error) fail(file, "cannot be found: " + error.message(), "check its folder");
  FileBytes bytes{};
  std::size_t length = kSeedBytes;
  if (EVP_PKEY_get_raw_private_key(key_.get(), bytes.data(), &length) != 1 || length != kSeedBytes)
    throw std::bad_alloc();
  std::ranges::copy(secret_, bytes.begin() + kSeedBytes);
  auto beside = target;
  beside += ".new";
  unlink(beside.c_str());  // of a run that was killed meanwhile
  save(beside, bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (rename(beside.c_str(), target.c_str()) == 0) return;
  const int reason = errno;
  unlink(beside.c_str());
  fail(file, std::string("cannot be written: ") + std::strerror(reason), "check its folder");
}

}  // namespace pixelpass::tunnel
