#include "certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <stdexcept>

namespace pixelpass::traversal::test {
namespace {

namespace fs = std::filesystem;

constexpr long kDay = 24L * 3600;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OwnedFile = std::unique_ptr<std::FILE, CloseFile>;

OwnedFile created(const fs::path& path) {
  OwnedFile file(std::fopen(path.c_str(), "w"));
  must(file != nullptr, "no file");
  return file;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension != nullptr, "no extension");
  const int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  must(added == 1, "no extension");
}

/// Without extensions and signature.
OwnedCertificate begun(EVP_PKEY* key, const std::string& name, long serial, std::chrono::seconds ends) {
  OwnedCertificate certificate(X509_new());
  must(certificate != nullptr, "no certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(ends.count()));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void write(const fs::path& path, X509* certificate) {
  must(PEM_write_X509(created(path).get(), certificate) == 1, "no file");
}

}  // namespace

void FreeOpenssl::operator()(X509* certificate) const {
  X509_free(certificate);
}

void FreeOpenssl::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

Authority::Authority() : key_(EVP_EC_gen("P-256")) {
  auto name = (fs::temp_directory_path() / "pixelpass-authority-XXXXXX").string();
  must(mkdtemp(name.data()) != nullptr, "no temporary folder");
  folder_ = name;
  certificate_ = begun(key_.get(), "an authority of the tests " + name, 1, 24h);
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  extend(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign");
  must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "no signature");
  write(file(), certificate_.get());
}

Authority::~Authority() {
  std::error_code error;
  fs::remove_all(folder_, error);
}

ServerFiles Authority::issue(const std::vector<std::string>& names, std::chrono::seconds ends) {
  const OwnedKey key(EVP_EC_gen("P-256"));
  const auto certificate = begun(key.get(), "a server", ++issued_ + 1, ends);
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ",") + name;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  extend(certificate.get(), certificate_.get(), NID_subject_alt_name, all);
  must(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "no signature");
  const ServerFiles files{folder_ / ("server-" + std::to_string(issued_) + ".pem"),
                          folder_ / ("key-" + std::to_string(issued_) + ".pem")};
  write(files.certificate, certificate.get());
  must(PEM_write_PrivateKey(created(files.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "no file");
  return files;
}

}  // namespace pixelpass::traversal::test
