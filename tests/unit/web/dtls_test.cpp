#include "web/dtls.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

namespace pixelpass::web {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

/// A key with a certificate that it has signed itself.
struct Pair {
  Pair() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }
  [[nodiscard]] CertificateHash hash() const {
    CertificateHash hash{};
    X509_digest(certificate.get(), EVP_sha256(), hash.data(), nullptr);
    return hash;
  }

  std::unique_ptr<EVP_PKEY, FreeKey> key;
  OwnedDtls<X509> certificate;
};

/// OpenSSL's own client, over memory: one buffer a datagram.
class Client {
 public:
  Client(const Pair* pair, const char* profiles) : context_(SSL_CTX_new(DTLS_client_method())) {
    if (pair != nullptr) {
      SSL_CTX_use_certificate(context_.get(), pair->certificate.get());
      SSL_CTX_use_PrivateKey(context_.get(), pair->key.get());
    }
    SSL_CTX_set_tlsext_use_srtp(context_.get(), profiles);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(ssl_.get(), 300);
    // A browser's hello is longer than a datagram: it has the keys of key exchanges to come.
    const Bytes filling(4 * 256, 255);
    SSL_set_alpn_protos(ssl_.get(), filling.data(), static_cast<unsigned>(filling.size()));
    in_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
  }

  /// What it has to say next: records, each as a datagram.
  std::vector<Bytes> say() {
    SSL_do_handshake(ssl_.get());
    return records();
  }
  std::vector<Bytes> bye() {
    SSL_shutdown(ssl_.get());
    return records();
  }
  void hear(ByteView datagram) {
    BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
    SSL_do_handshake(ssl_.get());
  }
  bool hears_bye(ByteView datagram) {
    BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
    std::uint8_t nothing[16];
    SSL_read(ssl_.get(), nothing, sizeof nothing);
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  [[nodiscard]] bool is_connected() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] std::string cipher() const { return SSL_get_cipher(ssl_.get()); }
  [[nodiscard]] Bytes exported(std::size_t length) const {
    Bytes out(length);
    SSL_export_keying_material(ssl_.get(), out.data(), length, "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0);
    return out;
  }

 private:
  std::vector<Bytes> records() {
    std::vector<Bytes> all;
    std::uint8_t* bytes = nullptr;
    const auto length = static_cast<std::size_t>(BIO_get_mem_data(out_, &bytes));
    for (std::size_t at = 0; at + 13 <= length;) {
      const std::size_t whole = 13 + static_cast<std::size_t>(bytes[at + 11] << 8U | bytes[at + 12]);
      all.emplace_back(bytes + at, bytes + at + whole);
      at += whole;
    }
    (void)BIO_reset(out_);
    return all;
  }

  OwnedDtls<SSL_CTX> context_;
  OwnedDtls<SSL> ssl_;
  BIO* in_;   ///< ssl_'s
  BIO* out_;  ///< ssl_'s
};

constexpr const char* kAllProfiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM";

class Dtls : public testing::Test {
 protected:
  explicit Dtls(const char* profiles = kAllProfiles)
      : context(host.key.get(), host.certificate.get()),
        session(context, browser.hash()),
        client(&browser, profiles) {}

  void to_host(Client& from) {
    for (const auto& datagram : from.say()) session.on_datagram(datagram, now);
  }
  void to_client(Client& to) {
    while (const auto datagram = session.poll_datagram()) {
      EXPECT_LE(datagram->size(), kMaxDtlsBytes);
      to.hear(*datagram);
    }
  }
  void shake_hands(Client& with) {
    for (int flight = 0; flight < 3; ++flight) {
      to_host(with);
      to_client(with);
    }
  }

  Pair host, browser, stranger;
  Instant now{1h};
  DtlsContext context;
  DtlsSession session;
  Client client;
};

TEST_F(Dtls, ShakesHandsWithTheBrowserThatTheHelloNames) {
  shake_hands(client);
  EXPECT_EQ(session.state(), DtlsSession::State::kConnected);
  EXPECT_TRUE(client.is_connected());
  EXPECT_EQ(client.cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_FALSE(session.next_timeout()) << "nothing is left to repeat";
}

TEST_F(Dtls, GivesBothSidesTheSameKeysPreferringAead) {
  shake_hands(client);
  const auto keys = session.keys();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->profile, SrtpProfile::kAeadAes128Gcm);
  const auto all = client.exported(56);  // RFC 5764 section 4.2: keys, then salts, the client's first
  Bytes clients(all.begin(), all.begin() + 16);
  clients.insert(clients.end(), all.begin() + 32, all.begin() + 44);
  Bytes hosts(all.begin() + 16, all.begin() + 32);
  hosts.insert(hosts.end(), all.begin() + 44, all.end());
  EXPECT_EQ(keys->theirs, clients);
  EXPECT_EQ(keys->ours, hosts);
}

TEST_F(Dtls, TakesTheOlderProfileWhereThereIsNoOther) {
  Client older(&browser, "SRTP_AES128_CM_SHA1_80");
  shake_hands(older);
  const auto keys = session.keys();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->profile, SrtpProfile::kAes128CmSha1_80);
  EXPECT_EQ(keys->ours.size(), 30U);
}

TEST_F(Dtls, RefusesAnyOtherCertificate) {
  Client other(&stranger, kAllProfiles);
  shake_hands(other);
  EXPECT_EQ(session.state(), DtlsSession::State::kFailed);
  EXPECT_FALSE(session.keys());
  EXPECT_FALSE(other.is_connected());
}

TEST_F(Dtls, RefusesAClientWithoutACertificate) {
  Client nobody(nullptr, kAllProfiles);
  shake_hands(nobody);
  EXPECT_EQ(session.state(), DtlsSession::State::kFailed);
  EXPECT_FALSE(session.keys());
}

TEST_F(Dtls, RepeatsAFlightThatWasLost) {
  to_host(client);
  while (session.poll_datagram()) {
  }
  ASSERT_TRUE(session.next_timeout());
  now = *session.next_timeout();
  session.on_timeout(now);
  to_client(client);
  shake_hands(client);
  EXPECT_EQ(session.state(), DtlsSession::State::kConnected);
}

TEST_F(Dtls, RepeatsMoreAndMoreRarely) {
  to_host(client);
  Duration before{};
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(session.next_timeout());
    const auto gap = *session.next_timeout() - now;
    EXPECT_GE(gap, before);
    before = gap;
    now += gap;
    session.on_timeout(now);
  }
  EXPECT_GE(before, 2s);
}

TEST_F(Dtls, RepeatsNoMoreThanThreeTimesWhatHasCome) {
  std::size_t heard = 0;
  for (const auto& datagram : client.say()) {
    heard += datagram.size();
    session.on_datagram(datagram, now);
  }
  std::size_t said = 0;
  for (int i = 0; i < 20; ++i) {
    while (const auto datagram = session.poll_datagram()) said += datagram->size();
    now = *session.next_timeout();
    session.on_timeout(now);
  }
  EXPECT_GT(said, heard);
  EXPECT_LE(said, 3 * heard);
}

TEST_F(Dtls, RepeatsNothingBeforeItsTime) {
  to_host(client);
  while (session.poll_datagram()) {
  }
  session.on_timeout(*session.next_timeout() - 1ms);
  EXPECT_FALSE(session.poll_datagram());
}

TEST_F(Dtls, SaysAndHearsGoodbye) {
  shake_hands(client);
  session.close();
  const auto bye = session.poll_datagram();
  ASSERT_TRUE(bye);
  EXPECT_TRUE(client.hears_bye(*bye));
  EXPECT_EQ(session.state(), DtlsSession::State::kClosed);
}

TEST_F(Dtls, SaysGoodbyeAgainToWhoHasNotHeardIt) {
  shake_hands(client);
  session.close();
  EXPECT_TRUE(session.poll_datagram());
  EXPECT_FALSE(session.poll_datagram());
  for (const auto& datagram : client.bye()) session.on_datagram(datagram, now);
  const auto again = session.poll_datagram();
  ASSERT_TRUE(again);
  EXPECT_TRUE(client.hears_bye(*again));
}

TEST_F(Dtls, HearsThatTheBrowserHasLeft) {
  shake_hands(client);
  for (const auto& datagram : client.bye()) session.on_datagram(datagram, now);
  EXPECT_EQ(session.state(), DtlsSession::State::kClosed);
}

TEST_F(Dtls, StandsNoise) {
  shake_hands(client);
  for (const auto length : {1, 12, 13, 60, 1200}) {
    const Bytes noise(static_cast<std::size_t>(length), 0x17);
    session.on_datagram(noise, now);
  }
  EXPECT_EQ(session.state(), DtlsSession::State::kConnected);
  EXPECT_FALSE(session.poll_datagram()) << "noise gets no answer";
}

TEST_F(Dtls, KnowsAClientByItsRandom) {
  const auto hello = client.say();
  ASSERT_FALSE(hello.empty());
  ASSERT_TRUE(client_random_of(hello.front()));
  auto later_piece = hello.front();
  later_piece[21] = 1;  // its offset
  EXPECT_FALSE(client_random_of(later_piece));
  const auto other = Client(&browser, kAllProfiles).say();
  EXPECT_NE(client_random_of(hello.front()), client_random_of(other.front()));
  for (std::size_t length = 0; length < 59; ++length)
    EXPECT_FALSE(client_random_of(ByteView(hello.front()).first(length)));
}

}  // namespace
}  // namespace pixelpass::web
