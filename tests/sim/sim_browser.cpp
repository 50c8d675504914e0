#include "sim_browser.hpp"

#include "pixelpass/traversal/stun_message.hpp"

#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <utility>

namespace pixelpass::sim {
namespace {

using traversal::StunAttribute;
using traversal::StunClass;
using traversal::StunMessage;
using traversal::StunMethod;
using traversal::StunWriter;
using web::kRtxSsrc;
using web::kVideoSsrc;

constexpr Duration kFirstChecks = 50ms;
constexpr Duration kConsentChecks = 2500ms;
constexpr Duration kReports = 250ms;
constexpr Duration kFeedback = 60ms;
constexpr Duration kResendHandshake = 100ms;
constexpr std::size_t kRecordHeaderBytes = 13;
constexpr std::size_t kReportBytes = 32;

void store_u32(Bytes& bytes, std::uint32_t value) {
  bytes.resize(bytes.size() + 4);
  boost::endian::store_big_u32(&bytes[bytes.size() - 4], value);
}

}  // namespace

BrowserIdentity::BrowserIdentity() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
  X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
  X509_set_pubkey(certificate_.get(), key_.get());
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
}

web::CertificateHash BrowserIdentity::hash() const {
  web::CertificateHash hash{};
  X509_digest(certificate_.get(), EVP_sha256(), hash.data(), nullptr);
  return hash;
}

/// OpenSSL goes by the system's clock; here a flight may be repeated whenever the simulation says so. While
/// it reads, OpenSSL looks for itself, again and again: then it is once alone.
unsigned SimBrowser::patience(SSL* ssl, unsigned before) {
  constexpr unsigned kHourInMicroseconds = 3'600'000'000U;
  const auto* browser = static_cast<const SimBrowser*>(SSL_get_app_data(ssl));
  return before != 0 && browser->is_reading_ ? kHourInMicroseconds : 1;
}

SimBrowser::SimBrowser(BrowserSettings settings)
    : settings_(std::move(settings)), user_name_(settings_.hello.text()) {}
SimBrowser::~SimBrowser() = default;

Bytes SimBrowser::make_check() {
  StunWriter writer(StunClass::kRequest, StunMethod::kBinding, {++checks_, settings_.hello.random});
  writer.add_text(StunAttribute::kUsername, user_name_ + ":browser");
  writer.add_u32(StunAttribute::kPriority, 1853824767).add_u64(StunAttribute::kIceControlling, 42);
  if (is_answered()) writer.add(StunAttribute::kUseCandidate);
  writer.sign_sha1(as_bytes(web::ice_password(web::make_ice_key(settings_.secret), user_name_)));
  return writer.add_fingerprint().take();
}

void SimBrowser::on_datagram(const net::Path&, ByteView bytes, net::Ecn, Instant now) {
  if (is_silent_ || bytes.empty()) return;
  heard_bytes += bytes.size();
  if (bytes[0] >= 128) return hear_srtp(bytes, now);
  if (bytes[0] >= 20) return hear_dtls(bytes);
  const auto answer = StunMessage::parse(bytes);
  if (!answer || answer->cls() != StunClass::kSuccess) return;
  if (++answers > 1 || !settings_.shakes_hands) return;
  begin_handshake();
  resend_at_ = now + kResendHandshake;
}

void SimBrowser::begin_handshake() {
  context_.reset(SSL_CTX_new(DTLS_client_method()));
  SSL_CTX_use_certificate(context_.get(), settings_.identity->certificate());
  SSL_CTX_use_PrivateKey(context_.get(), settings_.identity->key());
  SSL_CTX_set_tlsext_use_srtp(context_.get(), "SRTP_AEAD_AES_128_GCM");
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
  DTLS_set_link_mtu(ssl_.get(), 1200);
  SSL_set_app_data(ssl_.get(), this);
  DTLS_set_timer_cb(ssl_.get(), patience);
  dtls_in_ = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(dtls_in_, -1);
  dtls_out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), dtls_in_, dtls_out_);
  SSL_set_connect_state(ssl_.get());
  shake_hands();
}

void SimBrowser::shake_hands() {
  is_reading_ = true;
  SSL_do_handshake(ssl_.get());
  std::uint8_t nothing[16];
  SSL_read(ssl_.get(), nothing, sizeof nothing);
  is_reading_ = false;
  take_records();
}

/// Records, each as a datagram.
void SimBrowser::take_records() {
  std::uint8_t* bytes = nullptr;
  const auto length = static_cast<std::size_t>(BIO_get_mem_data(dtls_out_, &bytes));
  for (std::size_t at = 0; at + kRecordHeaderBytes <= length;) {
    const auto whole = kRecordHeaderBytes + boost::endian::load_big_u16(bytes + at + 11);
    out_.emplace_back(bytes + at, bytes + at + whole);
    at += whole;
  }
  (void)BIO_reset(dtls_out_);
}

void SimBrowser::hear_dtls(ByteView datagram) {
  if (!ssl_) return;
  has_heard_dtls_ = true;
  BIO_write(dtls_in_, datagram.data(), static_cast<int>(datagram.size()));
  shake_hands();
  if (SSL_is_init_finished(ssl_.get()) != 1 || media_) return;
  // RFC 5764 section 4.2: keys, then salts, the client's first.
  Bytes all(56);
  SSL_export_keying_material(ssl_.get(), all.data(), all.size(), "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0);
  Bytes ours(all.begin(), all.begin() + 16);
  ours.insert(ours.end(), all.begin() + 32, all.begin() + 44);
  Bytes hosts(all.begin() + 16, all.begin() + 32);
  hosts.insert(hosts.end(), all.begin() + 44, all.end());
  media_.emplace(web::SrtpKeys{web::SrtpProfile::kAeadAes128Gcm, hosts, ours});
}

bool SimBrowser::has_heard_goodbye() const {
  return ssl_ && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void SimBrowser::say_goodbye() {
  SSL_shutdown(ssl_.get());
  take_records();
}

void SimBrowser::hear_srtp(ByteView datagram, Instant now) {
  if (!media_) return;
  media_->send({}, datagram, datagram.size(), 0);
  for (auto& packet : media_->packets) {
    auto& [header, payload, sealed] = packet;
    if (header.transport_id != 0) feedback_.on_packet(header.transport_sequence, now);
    if (header.ssrc == web::kAudioSsrc) ++audio_packets;
    auto sequence = header.sequence;
    if (header.ssrc == kRtxSsrc) {
      sequence = boost::endian::load_big_u16(payload.data());
      payload.erase(payload.begin(), payload.begin() + 2);
    }
    if (header.ssrc == kVideoSsrc || header.ssrc == kRtxSsrc)
      assembler_.on_packet(sequence, header.timestamp, header.marker, std::move(payload), now);
  }
  media_->packets.clear();
  for (const auto& report : media_->reports) {
    read_counts(report);
    if (boost::endian::load_big_u32(&report[4]) != kVideoSsrc) continue;
    last_report_ = boost::endian::load_big_u32(&report[10]);
    last_report_at_ = now;
  }
  media_->reports.clear();
}

/// As a page does: browsers say nothing of a stream of which nothing has come.
void SimBrowser::read_counts(const Bytes& report) {
  const auto at = [&](std::size_t offset) { return boost::endian::load_big_u32(&report[offset]); };
  const bool has_come = at(4) == web::kAudioSsrc ? audio_packets > 0 : assembler_.newest().has_value();
  if (!has_come) return;
  is_left_behind = (at(20) & web::kLeftBehindPackets) != 0;
  if (at(24) != web::kByeMark) return;
  reason = static_cast<web::ByeReason>(at(20) & 0xff);
}

void SimBrowser::put_rtcp(const Bytes& rtcp) {
  out_.push_back(media_->seal(rtcp));
}

void SimBrowser::tell_what_has_come(Instant now) {
  if (!feedback_.has_news() || now < next_feedback_) return;
  next_feedback_ = now + kFeedback;
  put_rtcp(feedback_.take());
}

/// With one report block, on the picture, as soon as there is something to report on.
Bytes SimBrowser::receiver_report(Instant now) const {
  Bytes bytes;
  const auto newest = assembler_.newest();
  store_u32(bytes, newest ? 0x81c90007 : 0x80c90001);
  store_u32(bytes, 1);
  if (!newest) return bytes;
  const auto delay = std::chrono::duration<double>(now - last_report_at_).count() * 65536;
  store_u32(bytes, kVideoSsrc);
  store_u32(bytes, assembler_.lost() & 0xffffff);
  store_u32(bytes, static_cast<std::uint32_t>(*newest - (std::uint64_t{1} << 16)));
  store_u32(bytes, 0);
  store_u32(bytes, last_report_);
  store_u32(bytes, last_report_ == 0 ? 0 : static_cast<std::uint32_t>(delay));
  EXPECT_EQ(bytes.size(), kReportBytes);
  return bytes;
}

void SimBrowser::report(Instant now) {
  if (const auto sequences = assembler_.missing(now); !sequences.empty()) {
    Bytes nack;
    store_u32(nack, 0x81cd0002 + static_cast<std::uint32_t>(sequences.size()));
    store_u32(nack, 1);
    store_u32(nack, kVideoSsrc);
    for (const auto sequence : sequences) store_u32(nack, std::uint32_t{sequence} << 16U);
    put_rtcp(nack);
  }
  if (assembler_.needs_keyframe(now) || std::exchange(wants_keyframe_, false))
    put_rtcp({0x81, 206, 0, 2, 0, 0, 0, 1, 0x50, 0x58, 0, 1});
  if (std::exchange(rtcp_bye_, false)) put_rtcp({0x81, 203, 0, 1, 0, 0, 0, 1});
  tell_what_has_come(now);
  if (now < next_report_) return;
  next_report_ = now + kReports;
  put_rtcp(receiver_report(now));
}

void SimBrowser::on_timeout(Instant now) {
  if (is_silent_) return;
  if (now >= next_check_) {
    next_check_ = now + (is_answered() ? kConsentChecks : kFirstChecks);
    out_.push_back(make_check());
  }
  if (ssl_ && !media_ && now >= resend_at_) {
    resend_at_ = now + kResendHandshake;
    DTLSv1_handle_timeout(ssl_.get());
    take_records();
  }
}

std::optional<Instant> SimBrowser::next_timeout() const {
  if (is_silent_) return std::nullopt;
  auto next = next_check_;
  if (ssl_ && !media_) next = std::min(next, resend_at_);
  if (!media_ || never_reports || has_heard_goodbye()) return next;
  if (feedback_.has_news()) next = std::min(next, next_feedback_);
  next = std::min(next, next_report_);
  return next;
}

bool SimBrowser::flush(net::DatagramSink& sink, Instant now) {
  if (media_ && !is_silent_ && !never_reports && !has_heard_goodbye()) report(now);
  for (const auto& datagram : out_)
    if (!is_silent_) sink.send({{}, settings_.host}, datagram, datagram.size(), 0);
  out_.clear();
  return true;
}

}  // namespace pixelpass::sim
