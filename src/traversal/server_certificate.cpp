#include "pixelpass/traversal/server_certificate.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace pixelpass::traversal {
namespace {

namespace ssl = boost::asio::ssl;

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

bool is_address(const std::string& host) {
  return SocketAddress::parse(host.find(':') != host.npos ? "[" + host + "]" : host).has_value();
}

/// Where Fedora and its kin keep what others have in /etc/ssl/certs, for an OpenSSL that was not built there.
void trust_fedoras(ssl::context& context) {
  constexpr const char* kBundle = "/etc/pki/tls/certs/ca-bundle.crt";
  boost::system::error_code ignored;
  if (std::getenv(X509_get_default_cert_file_env()) == nullptr && std::filesystem::exists(kBundle, ignored))
    context.load_verify_file(kBundle, ignored);
}

/// The first few names that a certificate is for.
std::string names_of(const X509* certificate) {
  constexpr int kMostNames = 3;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string all;
  int shown = 0;
  for (int i = 0; names && shown < kMostNames && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    const std::string one(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    all += (all.empty() ? "" : ", ") + clean_text(one);
    ++shown;
  }
  return all;
}

bool is_of_unknown_authority(int verdict) {
  return verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || verdict == X509_V_ERR_CERT_UNTRUSTED ||
         verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

}  // namespace

ssl::context system_trust() {
  ssl::context context(ssl::context::tls_client);
  context.set_options(ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                      ssl::context::no_tlsv1_1);
  boost::system::error_code ignored;  // where nothing can be read, nobody is trusted
  context.set_default_verify_paths(ignored);
  trust_fedoras(context);
  return context;
}

ServerCertificate::ServerCertificate(std::string shown, std::string host)
    : shown_(std::move(shown)), host_(std::move(host)) {
  if (host_.ends_with('.')) host_.pop_back();
}

bool ServerCertificate::expect(SSL* ssl) const {
  if (is_address(host_)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host_.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host_.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host_.c_str()) == 1;
}

bool ServerCertificate::judge(bool good, ssl::verify_context& context) {
  if (good || verdict_ != X509_V_OK) return good;
  verdict_ = X509_STORE_CTX_get_error(context.native_handle());
  if (const X509* certificate = X509_STORE_CTX_get_current_cert(context.native_handle()))
    names_ = names_of(certificate);
  return false;
}

std::optional<Error> ServerCertificate::complaint() const {
  const std::string whose = "the certificate of " + shown_;
  if (verdict_ == X509_V_OK) return std::nullopt;
  if (verdict_ == X509_V_ERR_HOSTNAME_MISMATCH || verdict_ == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return Error{whose + " is for another name" + (names_.empty() ? "" : " (" + names_ + ")"),
                 "name it as its certificate does, or get one for " + host_};
  if (verdict_ == X509_V_ERR_CERT_HAS_EXPIRED)
    return Error{whose + " has expired", "renew it there and restart the server; check this machine's clock"};
  if (verdict_ == X509_V_ERR_CERT_NOT_YET_VALID)
    return Error{whose + " is not valid yet", "check the clocks of this machine and of the server"};
  if (is_of_unknown_authority(verdict_))
    return Error{whose + " is from nobody whom this machine trusts",
                 "send the whole chain there (fullchain.pem), or name its authority with SSL_CERT_FILE=FILE"};
  return Error{whose + " is not accepted: " + X509_verify_cert_error_string(verdict_),
               "look at it on the server"};
}

}  // namespace pixelpass::traversal
