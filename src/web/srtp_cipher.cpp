#include "web/srtp_cipher.hpp"

#include <boost/endian/conversion.hpp>
#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <new>

namespace pixelpass::web {
namespace {

using boost::endian::load_big_u32;
using boost::endian::store_big_u32;

constexpr std::size_t kGcmIvBytes = 12;
constexpr std::size_t kAuthenticationBytes = 20;
constexpr std::size_t kRtcpHeaderBytes = 8;  ///< up to the sender's SSRC: never encrypted
constexpr std::size_t kRtpSsrcAt = 8;
constexpr std::size_t kRtcpSsrcAt = 4;
constexpr std::uint32_t kEncrypted = 0x80000000;

void require_done(bool done) {
  if (!done) throw std::bad_alloc();
}

int to_int(std::size_t bytes) {
  return static_cast<int>(bytes);
}

/// AES-CM's key stream under the label, by RFC 3711 section 4.3.3.
Bytes key_stream(ByteView key, ByteView salt, std::uint8_t label, std::size_t bytes) {
  constexpr std::size_t kLabelAt = 7;
  std::array<std::uint8_t, 16> iv{};
  std::ranges::copy(salt, iv.begin());
  iv[kLabelAt] ^= label;
  const Bytes zeros(bytes);
  Bytes out(bytes);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  int length = 0;
  require_done(context &&
               EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, key.data(), iv.data()) == 1 &&
               EVP_EncryptUpdate(context.get(), out.data(), &length, zeros.data(), to_int(bytes)) == 1);
  return out;
}

EVP_MAC_CTX* new_hmac_sha1(ByteView key) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                              &EVP_MAC_free);
  require_done(mac != nullptr);
  auto* context = EVP_MAC_CTX_new(mac.get());
  require_done(context != nullptr);
  char digest[] = "SHA1";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context, key.data(), key.size(), parameters) == 1) return context;
  EVP_MAC_CTX_free(context);
  throw std::bad_alloc();
}

}  // namespace

SrtpSessionKeys derive(SrtpProfile profile, ByteView master, SrtpUse use) {
  const auto key = master.first(kSrtpKeyBytes);
  const auto salt = master.subspan(kSrtpKeyBytes, salt_bytes(profile));
  const auto label = static_cast<std::uint8_t>(use);
  const auto labelled = [&](int more, std::size_t bytes) {
    return key_stream(key, salt, static_cast<std::uint8_t>(label + more), bytes);
  };
  return {labelled(0, kSrtpKeyBytes), labelled(2, salt.size()), labelled(1, kAuthenticationBytes)};
}

SrtpCipher::SrtpCipher(SrtpProfile profile, const SrtpSessionKeys& keys)
    : profile_(profile), salt_(keys.salt), cipher_(EVP_CIPHER_CTX_new()) {
  const auto* kind = is_gcm() ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
  require_done(cipher_ && EVP_CipherInit_ex(cipher_.get(), kind, nullptr, keys.key.data(), nullptr, 1) == 1);
  if (!is_gcm()) mac_.reset(new_hmac_sha1(keys.authentication));
}

/// The initialisation vector by RFC 7714 sections 8.1 and 9.1, or RFC 3711 section 4.1.1.
SrtpCipher::Iv SrtpCipher::make_iv(std::uint32_t ssrc, std::uint64_t index) const {
  constexpr std::size_t kIndexBytes = 6;
  Iv iv{};
  const std::size_t index_at = (is_gcm() ? kGcmIvBytes : salt_.size()) - kIndexBytes;
  store_big_u32(&iv[index_at - sizeof ssrc], ssrc);
  boost::endian::store_big_u48(&iv[index_at], index);
  for (std::size_t i = 0; i < salt_.size(); ++i) iv[i] ^= salt_[i];
  return iv;
}

void SrtpCipher::begin(const Iv& iv, bool encrypt) {
  require_done(EVP_CipherInit_ex(cipher_.get(), nullptr, nullptr, nullptr, iv.data(),
                                 encrypt || !is_gcm() ? 1 : 0) == 1);
}

void SrtpCipher::crypt(std::span<std::uint8_t> bytes) {
  int length = 0;
  require_done(EVP_CipherUpdate(cipher_.get(), bytes.data(), &length, bytes.data(), to_int(bytes.size())) ==
               1);
}

void SrtpCipher::authenticate(ByteView bytes) {
  int length = 0;
  require_done(EVP_CipherUpdate(cipher_.get(), nullptr, &length, bytes.data(), to_int(bytes.size())) == 1);
}

void SrtpCipher::finish_gcm(std::uint8_t* tag) {
  int length = 0;
  require_done(EVP_CipherFinal_ex(cipher_.get(), tag, &length) == 1 &&
               EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, to_int(tag_bytes(profile_)), tag) ==
                   1);
}

SrtpCipher::Tag SrtpCipher::hmac(ByteView bytes, std::uint32_t behind) {
  std::array<std::uint8_t, sizeof behind> last;
  store_big_u32(last.data(), behind);
  Tag tag{};
  std::size_t length = 0;
  require_done(EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1 &&
               EVP_MAC_update(mac_.get(), bytes.data(), bytes.size()) == 1 &&
               EVP_MAC_update(mac_.get(), last.data(), last.size()) == 1 &&
               EVP_MAC_final(mac_.get(), tag.data(), &length, tag.size()) == 1);
  return tag;
}

std::size_t SrtpCipher::seal_rtp(std::span<std::uint8_t> packet, std::size_t header, std::size_t bytes,
                                 std::uint64_t index) {
  begin(make_iv(load_big_u32(&packet[kRtpSsrcAt]), index), true);
  if (is_gcm()) authenticate(packet.first(header));
  crypt(packet.subspan(header, bytes - header));
  auto* tag = packet.data() + bytes;
  if (is_gcm())
    finish_gcm(tag);
  else
    std::copy_n(hmac(packet.first(bytes), static_cast<std::uint32_t>(index >> 16U)).begin(),
                tag_bytes(profile_), tag);
  return bytes + tag_bytes(profile_);
}

std::size_t SrtpCipher::seal_rtcp(std::span<std::uint8_t> packet, std::size_t bytes, std::uint32_t index) {
  const std::uint32_t flagged = index | kEncrypted;
  const auto body = packet.subspan(kRtcpHeaderBytes, bytes - kRtcpHeaderBytes);
  begin(make_iv(load_big_u32(&packet[kRtcpSsrcAt]), index), true);
  if (!is_gcm()) {
    crypt(body);
    store_big_u32(&packet[bytes], flagged);
    std::copy_n(hmac(packet.first(bytes), flagged).begin(), tag_bytes(profile_),
                &packet[bytes + kSrtcpIndexBytes]);
    return bytes + kSrtcpIndexBytes + tag_bytes(profile_);
  }
  std::array<std::uint8_t, kSrtcpIndexBytes> behind;
  store_big_u32(behind.data(), flagged);
  authenticate(packet.first(kRtcpHeaderBytes));
  authenticate(behind);
  crypt(body);
  finish_gcm(&packet[bytes]);
  std::ranges::copy(behind, &packet[bytes + tag_bytes(profile_)]);
  return bytes + tag_bytes(profile_) + kSrtcpIndexBytes;
}

/// GCM puts its tag before the index (RFC 7714 section 9.3), HMAC behind it (RFC 3711 section 3.4).
std::optional<SrtpCipher::OpenedRtcp> SrtpCipher::open_rtcp(ByteView srtcp) {
  const std::size_t overhead = tag_bytes(profile_) + kSrtcpIndexBytes;
  if (srtcp.size() < kRtcpHeaderBytes + overhead) return std::nullopt;
  const std::size_t bytes = srtcp.size() - overhead;
  const auto behind = is_gcm() ? srtcp.last(kSrtcpIndexBytes) : srtcp.subspan(bytes, kSrtcpIndexBytes);
  const auto tag = is_gcm() ? srtcp.subspan(bytes, tag_bytes(profile_)) : srtcp.last(tag_bytes(profile_));
  const auto flagged = load_big_u32(behind.data());
  if ((flagged & kEncrypted) == 0) return std::nullopt;
  OpenedRtcp opened{Bytes(srtcp.begin(), srtcp.begin() + static_cast<std::ptrdiff_t>(bytes)),
                    flagged & ~kEncrypted};
  const auto body = std::span(opened.packet).subspan(kRtcpHeaderBytes);
  begin(make_iv(load_big_u32(&srtcp[kRtcpSsrcAt]), opened.index), false);
  if (!is_gcm()) {
    const auto expected = hmac(srtcp.first(bytes), flagged);
    if (CRYPTO_memcmp(expected.data(), tag.data(), tag.size()) != 0) return std::nullopt;
    crypt(body);
    return opened;
  }
  authenticate(srtcp.first(kRtcpHeaderBytes));
  authenticate(behind);
  crypt(body);
  Bytes wanted(tag.begin(), tag.end());
  std::uint8_t none = 0;
  int length = 0;
  require_done(
      EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, to_int(wanted.size()), wanted.data()) == 1);
  if (EVP_CipherFinal_ex(cipher_.get(), &none, &length) != 1) return std::nullopt;
  return opened;
}

}  // namespace pixelpass::web
