#pragma once

#include "pixelpass/net/path.hpp"

#include "../unit/web/browser.hpp"
#include "../unit/web/hello_fixture.hpp"
#include "feedback_writer.hpp"
#include "picture_assembler.hpp"
#include "web/dtls.hpp"
#include <openssl/ec.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::sim {

/// A key with a certificate, as a page makes one.
class BrowserIdentity {
 public:
  BrowserIdentity();
  [[nodiscard]] web::CertificateHash hash() const;
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
  web::OwnedDtls<X509> certificate_;
};

struct BrowserSettings {
  SocketAddress host;
  Secret secret{};
  /// Shown by its DTLS; not owned.
  const BrowserIdentity* identity = nullptr;
  web::HelloText hello;
  /// False: it checks, and never shakes hands.
  bool shakes_hands = true;
};

/// A browser with the page in it: checks, shakes hands by OpenSSL's own DTLS client, puts pictures together,
/// asks for what is missing and reports. With a hello that asks for numbers it also tells what has come.
class SimBrowser final : public net::DatagramCore {
 public:
  explicit SimBrowser(BrowserSettings settings);
  ~SimBrowser() override;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// A check at once, as after a change of the network.
  void check() { next_check_ = {}; }
  void say_goodbye();
  void say_rtcp_bye() { rtcp_bye_ = true; }
  /// It has crashed.
  void fall_silent() { is_silent_ = true; }
  void ask_for_keyframe() { wants_keyframe_ = true; }

  [[nodiscard]] bool is_answered() const { return answers > 0; }
  [[nodiscard]] bool is_connected() const { return media_.has_value(); }
  [[nodiscard]] bool has_heard_dtls() const { return has_heard_dtls_; }
  [[nodiscard]] bool has_heard_goodbye() const;
  [[nodiscard]] const std::vector<ShownPicture>& pictures() const { return assembler_.pictures(); }
  /// The newest picture alone is held from now on.
  void keep_little() { assembler_.keeps = false; }

  std::size_t answers = 0;  ///< to its checks
  std::size_t audio_packets = 0;
  std::uint64_t heard_bytes = 0;
  bool never_reports = false;
  bool is_left_behind = false;           ///< as it was told
  std::optional<web::ByeReason> reason;  ///< why it gets nothing

 private:
  static unsigned patience(SSL* ssl, unsigned before);
  void begin_handshake();
  void shake_hands();
  void hear_dtls(ByteView datagram);
  void take_records();
  void hear_srtp(ByteView datagram, Instant now);
  void read_counts(const Bytes& report);
  void report(Instant now);
  [[nodiscard]] Bytes receiver_report(Instant now) const;
  void tell_what_has_come(Instant now);
  void put_rtcp(const Bytes& rtcp);
  [[nodiscard]] Bytes make_check();

  BrowserSettings settings_;
  std::string user_name_;
  std::vector<Bytes> out_;
  Instant next_check_{};
  Instant next_report_{};
  Instant resend_at_{};
  std::uint8_t checks_ = 0;
  bool is_silent_ = false;
  bool wants_keyframe_ = false;
  bool rtcp_bye_ = false;
  bool is_reading_ = false;
  bool has_heard_dtls_ = false;
  web::OwnedDtls<SSL_CTX> context_;
  web::OwnedDtls<SSL> ssl_;
  BIO* dtls_in_ = nullptr;   ///< ssl_'s
  BIO* dtls_out_ = nullptr;  ///< ssl_'s
  std::optional<web::Browser> media_;
  PictureAssembler assembler_;
  FeedbackWriter feedback_;
  Instant next_feedback_{};
  std::uint32_t last_report_ = 0;  ///< the middle of the host's clock
  Instant last_report_at_{};
};

}  // namespace pixelpass::sim
