#include "web/dtls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <new>
#include <numeric>
#include <string_view>
#include <utility>

namespace pixelpass::web {

/// The links between OpenSSL and a session.
struct DtlsCallbacks {
  static int write(BIO* bio, const char* bytes, int length) noexcept;
  static int read(BIO* bio, char* out, int size) noexcept;
  static long control(BIO* bio, int command, long number, void* pointer) noexcept;
  static int verify(X509_STORE_CTX* store, void*) noexcept;
};

namespace {

// AEAD first: it takes half the time of the other, and all browsers support it (RFC 7714).
constexpr const char* kProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
constexpr std::string_view kSrtpExporter = "EXTRACTOR-dtls_srtp";  // RFC 5764 section 4.2
constexpr long kHeaderBytes = 28;                                  // IPv4 and UDP
constexpr long kMostCertificateBytes = 4096;                       // OpenSSL's own: 100 KB
// The limit for an unproven address, as a multiple of what came from it (as in RFC 9000 section 8.1).
constexpr std::size_t kAmplification = 3;
constexpr Duration kFirstResend = 400ms;
constexpr Duration kLastResend = 3s;
// RFC 6347 section 4.1: offsets of a record's and a handshake message's fields.
constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kMessageAt = 13;
constexpr std::size_t kFragmentOffsetAt = kMessageAt + 6;
constexpr std::size_t kRandomAt = kMessageAt + 12 + 2;

void require(bool ok) {
  if (!ok) throw std::bad_alloc();
}

DtlsSession& session_of(BIO* bio) {
  return *static_cast<DtlsSession*>(BIO_get_data(bio));
}

OwnedDtls<BIO_METHOD> make_datagram_method() {
  OwnedDtls<BIO_METHOD> method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "datagrams"));
  require(method != nullptr);
  require(BIO_meth_set_write(method.get(), DtlsCallbacks::write) == 1);
  require(BIO_meth_set_read(method.get(), DtlsCallbacks::read) == 1);
  require(BIO_meth_set_ctrl(method.get(), DtlsCallbacks::control) == 1);
  return method;
}

/// Keeps OpenSSL's own timers from firing: they use the system's clock.
unsigned never_yet(SSL*, unsigned) {
  constexpr unsigned kHourInMicroseconds = 3'600'000'000U;
  return kHourInMicroseconds;
}

std::optional<CertificateHash> hash_of(const X509* certificate) {
  CertificateHash hash{};
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha256(), hash.data(), &length) != 1 || length != hash.size())
    return std::nullopt;
  return hash;
}

std::size_t byte_count(const std::vector<Bytes>& datagrams) {
  return std::accumulate(datagrams.begin(), datagrams.end(), std::size_t{0},
                         [](std::size_t sum, const Bytes& datagram) { return sum + datagram.size(); });
}

}  // namespace

int DtlsCallbacks::write(BIO* bio, const char* bytes, int length) noexcept {
  const auto* start = reinterpret_cast<const std::uint8_t*>(bytes);
  session_of(bio).out_.emplace_back(start, start + length);
  return length;
}

int DtlsCallbacks::read(BIO* bio, char* out, int size) noexcept {
  auto& in = session_of(bio).in_;
  BIO_clear_retry_flags(bio);
  if (in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto length = std::min(in.size(), static_cast<std::size_t>(size));
  std::copy_n(in.begin(), length, out);
  in.clear();
  return static_cast<int>(length);
}

long DtlsCallbacks::control(BIO*, int command, long, void*) noexcept {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return static_cast<long>(kMaxDtlsBytes);
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
      return kHeaderBytes;
    default:
      return 0;
  }
}

/// Accepts any certificate here, since no authority signs it: its hash is compared with the hello's. The
/// handshake itself proves that the client has its key.
int DtlsCallbacks::verify(X509_STORE_CTX* store, void*) noexcept {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* session = static_cast<const DtlsSession*>(SSL_get_app_data(ssl));
  const X509* shown = X509_STORE_CTX_get0_cert(store);
  const bool is_expected = shown != nullptr && hash_of(shown) == session->expected_;
  X509_STORE_CTX_set_error(store, is_expected ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return is_expected ? 1 : 0;
}

DtlsContext::DtlsContext(EVP_PKEY* key, X509* certificate)
    : context_(SSL_CTX_new(DTLS_server_method())), datagrams_(make_datagram_method()) {
  require(context_ != nullptr);
  SSL_CTX* c = context_.get();
  require(SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION) == 1);
  require(SSL_CTX_set_max_proto_version(c, DTLS1_2_VERSION) == 1);
  require(SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1);
  require(SSL_CTX_use_certificate(c, certificate) == 1 && SSL_CTX_use_PrivateKey(c, key) == 1);
  require(SSL_CTX_set_tlsext_use_srtp(c, kProfiles) == 0);
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(c, DtlsCallbacks::verify, nullptr);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_max_cert_list(c, kMostCertificateBytes);
}

std::optional<ClientRandom> client_random_of(ByteView datagram) {
  if (datagram.size() < kRandomAt + sizeof(ClientRandom) || datagram[0] != kHandshakeRecord ||
      datagram[kMessageAt] != kClientHello)
    return std::nullopt;
  const auto offset = datagram.subspan(kFragmentOffsetAt, 3);
  if (std::ranges::any_of(offset, [](auto byte) { return byte != 0; })) return std::nullopt;
  ClientRandom random;
  std::ranges::copy(datagram.subspan(kRandomAt, random.size()), random.begin());
  return random;
}

DtlsSession::DtlsSession(const DtlsContext& context, const CertificateHash& expected)
    : expected_(expected), ssl_(SSL_new(context.get())) {
  require(ssl_ != nullptr);
  OwnedDtls<BIO> bio(BIO_new(context.datagrams()));
  require(bio != nullptr);
  BIO_set_data(bio.get(), this);
  BIO_set_init(bio.get(), 1);
  SSL* const ssl = ssl_.get();
  BIO* const both = bio.release();
  SSL_set_bio(ssl, both, both);
  require(SSL_set_app_data(ssl, this) == 1);
  require(DTLS_set_link_mtu(ssl, kMaxDtlsBytes) == 1);
  DTLS_set_timer_cb(ssl, never_yet);
  SSL_set_accept_state(ssl);
}

void DtlsSession::on_datagram(ByteView datagram, Instant now) {
  if (state_ == State::kClosed) return repeat_goodbye();
  if (state_ == State::kFailed || datagram.empty()) return;
  heard_bytes_ += datagram.size();
  in_.assign(datagram.begin(), datagram.end());
  advance();
  ERR_clear_error();  // Other users of OpenSSL on this thread read the same error queue.
  in_.clear();
  remember_flight(now);
}

void DtlsSession::advance() {
  ERR_clear_error();
  if (state_ == State::kShakingHands) {
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) {
      if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) fail();
      return;
    }
    state_ = State::kConnected;
  }
  // Application data is ignored; but a repeated flight is answered, and a close_notify heard.
  std::uint8_t nothing[256];
  int result = 0;
  do result = SSL_read(ssl_.get(), nothing, sizeof nothing);
  while (result > 0);
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) state_ = State::kClosed;
  if (error == SSL_ERROR_SSL) fail();
}

/// Sends what OpenSSL has written, which is the alert that gives the reason.
void DtlsSession::fail() {
  ERR_clear_error();
  state_ = State::kFailed;
}

void DtlsSession::remember_flight(Instant now) {
  if (state_ != State::kShakingHands) resend_at_.reset();
  if (out_.empty()) return;
  to_send_.insert(to_send_.end(), out_.begin(), out_.end());
  said_bytes_ += byte_count(out_);
  flight_ = std::exchange(out_, {});
  if (state_ != State::kShakingHands) return;
  patience_ = kFirstResend;
  resend_at_ = now + patience_;
}

/// Sends the same records again: those that have arrived are dropped by the client's replay window (RFC 6347
/// section 4.1.2.6).
void DtlsSession::on_timeout(Instant now) {
  if (!resend_at_ || *resend_at_ > now) return;
  if (said_bytes_ + byte_count(flight_) <= kAmplification * heard_bytes_) {
    said_bytes_ += byte_count(flight_);
    to_send_.insert(to_send_.end(), flight_.begin(), flight_.end());
  }
  patience_ = std::min(patience_ * 2, kLastResend);
  resend_at_ = now + patience_;
}

std::optional<Bytes> DtlsSession::poll_datagram() {
  if (to_send_.empty()) return std::nullopt;
  auto next = std::move(to_send_.front());
  to_send_.pop_front();
  return next;
}

std::optional<SrtpKeys> DtlsSession::keys() const {
  const auto* agreed = SSL_get_selected_srtp_profile(ssl_.get());
  if (state_ != State::kConnected || agreed == nullptr) return std::nullopt;
  SrtpKeys keys;
  keys.profile = static_cast<SrtpProfile>(agreed->id);
  const std::size_t salt = salt_bytes(keys.profile);
  Bytes material(2 * (kSrtpKeyBytes + salt));
  if (SSL_export_keying_material(ssl_.get(), material.data(), material.size(), kSrtpExporter.data(),
                                 kSrtpExporter.size(), nullptr, 0, 0) != 1)
    return std::nullopt;
  // The order is both keys, then both salts; the client's first.
  const auto append = [&](Bytes& to, std::size_t at, std::size_t length) {
    const auto part = ByteView(material).subspan(at, length);
    to.insert(to.end(), part.begin(), part.end());
  };
  append(keys.theirs, 0, kSrtpKeyBytes);
  append(keys.ours, kSrtpKeyBytes, kSrtpKeyBytes);
  append(keys.theirs, 2 * kSrtpKeyBytes, salt);
  append(keys.ours, 2 * kSrtpKeyBytes + salt, salt);
  OPENSSL_cleanse(material.data(), material.size());
  return keys;
}

void DtlsSession::close() {
  if (state_ != State::kConnected) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  state_ = State::kClosed;
  flight_ = std::exchange(out_, {});
  to_send_.insert(to_send_.end(), flight_.begin(), flight_.end());
  says_goodbye_ = true;
}

/// Repeats the goodbye to a client that still sends, and so has not heard it.
void DtlsSession::repeat_goodbye() {
  if (says_goodbye_ && to_send_.empty()) to_send_.insert(to_send_.end(), flight_.begin(), flight_.end());
}

}  // namespace pixelpass::web
