#pragma once

#include "pixelpass/base/error.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <openssl/types.h>

#include <optional>
#include <string>

namespace pixelpass::traversal {

/// TLS 1.2 or later as a client that trusts whom the system trusts (or SSL_CERT_FILE and SSL_CERT_DIR name).
boost::asio::ssl::context system_trust();

/// Looks at the certificate of one server, and keeps why it would not do. Thread: the connection's.
class ServerCertificate {
 public:
  /// `shown` is the server, for people ("the relay turns:relay.example.com"); `host` is its name or address.
  ServerCertificate(std::string shown, std::string host);

  /// Tells `ssl` whom to ask for (SNI, which takes no addresses) and whose certificate to accept. False: it
  /// could not, and nothing may be sent.
  [[nodiscard]] bool expect(SSL* ssl) const;
  /// OpenSSL's callback, once a certificate of the chain: what it found, which we keep.
  bool judge(bool good, boost::asio::ssl::verify_context& context);
  /// The certificate was not accepted; nullopt: it was, or never came.
  [[nodiscard]] std::optional<Error> complaint() const;

 private:
  std::string shown_;  ///< for people
  std::string host_;   ///< as it is in certificates: without the root's dot
  int verdict_ = 0;    ///< X509_V_OK, or what is wrong
  std::string names_;  ///< of the certificate that is for somebody else
};

}  // namespace pixelpass::traversal
