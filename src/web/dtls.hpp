#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include "web/hello.hpp"
#include "web/srtp_keys.hpp"
#include <openssl/ssl.h>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// One deleter for all C handles of this stage.
struct FreeDtls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using OwnedDtls = std::unique_ptr<T, FreeDtls>;

/// The longest datagram that we send: every path to a browser carries it.
inline constexpr std::size_t kMaxDtlsBytes = 1200;

/// The host's side of DTLS 1.2 with use_srtp (RFC 5764). One for each process, shared by the sessions. Throws
/// std::bad_alloc only.
class DtlsContext {
 public:
  /// Takes references of its own.
  DtlsContext(EVP_PKEY* key, X509* certificate);

  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
  [[nodiscard]] const BIO_METHOD* datagrams() const { return datagrams_.get(); }

 private:
  OwnedDtls<SSL_CTX> context_;
  OwnedDtls<BIO_METHOD> datagrams_;
};

/// The random value by which a DTLS client is known during a handshake: the same however often, and from
/// wherever, it says hello.
using ClientRandom = std::array<std::uint8_t, 32>;
/// The ClientHello's random value; nullopt: this is no ClientHello, or not its beginning.
std::optional<ClientRandom> client_random_of(ByteView datagram);

/// One handshake with a browser, and its result. OpenSSL would repeat lost records by the system's clock;
/// here this is done by the time that is passed in. Sans-IO. Thread: network. The context outlives it.
class DtlsSession {
 public:
  enum class State : std::uint8_t { kShakingHands, kConnected, kClosed, kFailed };

  /// Fails unless the client proves that it has the key of the certificate with this hash.
  DtlsSession(const DtlsContext& context, const CertificateHash& expected);
  DtlsSession(const DtlsSession&) = delete;
  DtlsSession& operator=(const DtlsSession&) = delete;

  void on_datagram(ByteView datagram, Instant now);
  /// The next datagram to send.
  std::optional<Bytes> poll_datagram();
  /// Repeats unanswered records; never more than three times the bytes that came, since an address may be
  /// forged.
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return resend_at_; }
  [[nodiscard]] State state() const { return state_; }
  /// The keys; only when it is connected, and where both sides share a profile.
  [[nodiscard]] std::optional<SrtpKeys> keys() const;
  /// Sends close_notify; and again for each datagram that comes afterwards, as long as this lives.
  void close();

 private:
  friend struct DtlsCallbacks;

  void advance();
  void fail();
  void remember_flight(Instant now);
  void repeat_goodbye();

  const CertificateHash expected_;
  Bytes in_;                   ///< the datagram that is being read; empty: none
  std::vector<Bytes> out_;     ///< that OpenSSL has written since
  std::vector<Bytes> flight_;  ///< what the client has to answer
  std::deque<Bytes> to_send_;
  std::size_t heard_bytes_ = 0;
  std::size_t said_bytes_ = 0;
  State state_ = State::kShakingHands;
  bool says_goodbye_ = false;
  std::optional<Instant> resend_at_;
  Duration patience_{};
  OwnedDtls<SSL> ssl_;  // last: its BIO writes into what is above
};

}  // namespace pixelpass::web
