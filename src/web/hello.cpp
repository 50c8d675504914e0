#include "web/hello.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace pixelpass::web {
namespace {

constexpr std::size_t kPasswordBytes = 24;
constexpr std::uint8_t kMostPayloadType = 127;
constexpr std::uint8_t kMostExtensionId = 14;  // RFC 8285 section 4.2
constexpr std::uint8_t kWrapped = 1;
constexpr std::uint8_t kHandheld = 2;
constexpr std::uint8_t kNumbersAudio = 4;

using HelloBytes = std::array<std::uint8_t, kHelloBytes>;

/// RFC 4648 section 4; a multiple of three bytes needs no padding.
std::string to_base64(ByteView bytes) {
  std::string text(bytes.size() / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// OpenSSL ignores blanks and accepts padding, so the text counts only if encoding gives it back unchanged.
std::optional<HelloBytes> from_base64(std::string_view text) {
  if (text.size() != kHelloChars) return std::nullopt;
  HelloBytes bytes{};
  const int length =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), kHelloChars);
  if (length != static_cast<int>(kHelloBytes) || to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

const char* name_of(BrowserKind kind) {
  switch (kind) {
    case BrowserKind::kChromium:
      return "Chromium";
    case BrowserKind::kFirefox:
      return "Firefox";
    case BrowserKind::kSafari:
      return "Safari";
    case BrowserKind::kEdge:
      return "Edge";
    case BrowserKind::kOther:
      break;
  }
  return "a browser";
}

bool is_valid(const MediaTerms& media) {
  const auto is_type = [](std::uint8_t type) { return type <= kMostPayloadType; };
  return media.video_type != 0 && is_type(media.video_type) && is_type(media.rtx_type) &&
         is_type(media.audio_type) && media.playout_delay_id <= kMostExtensionId &&
         media.transport_id <= kMostExtensionId;
}

}  // namespace

std::optional<Hello> parse_hello(std::string_view user_name) {
  const auto bytes = from_base64(user_name);
  if (!bytes || bytes->front() != kHelloVersion) return std::nullopt;
  Hello hello;
  const ByteView rest = ByteView(*bytes).subspan(1);
  std::ranges::copy(rest.first(hello.certificate.size()), hello.certificate.begin());
  const auto at = rest.subspan(hello.certificate.size());
  hello.media = {.video_type = at[0],
                 .rtx_type = at[1],
                 .audio_type = at[2],
                 .playout_delay_id = static_cast<std::uint8_t>(at[3] & 0x0f),
                 .transport_id = static_cast<std::uint8_t>(at[3] >> 4),
                 .wrapped = (at[5] & kWrapped) != 0,
                 .numbers_audio = (at[5] & kNumbersAudio) != 0};
  if (!is_valid(hello.media)) return std::nullopt;
  // An unknown kind, which a later page may have, counts as some browser.
  if (at[4] <= static_cast<std::uint8_t>(BrowserKind::kEdge)) hello.kind = static_cast<BrowserKind>(at[4]);
  hello.is_handheld = (at[5] & kHandheld) != 0;
  const std::uint32_t seconds = std::uint32_t{at[6]} << 24U | std::uint32_t{at[7]} << 16U |
                                std::uint32_t{at[8]} << 8U | std::uint32_t{at[9]};
  hello.made_at = UnixTime(std::chrono::seconds(seconds));
  return hello;
}

std::string name_of(const Hello& hello) {
  return std::string(name_of(hello.kind)) + (hello.is_handheld ? " on a phone or tablet" : "");
}

bool is_timely(const Hello& hello, UnixTime now) {
  return hello.made_at >= now - kHelloLifetime && hello.made_at <= now + kHelloLifetime;
}

IceKey make_ice_key(const Secret& secret) {
  return traversal::hmac_sha256(secret, as_bytes("pixelpass web ice 1"));
}

std::string ice_password(const IceKey& key, std::string_view user_name) {
  const auto tag = traversal::hmac_sha256(key, as_bytes(user_name));
  return to_base64(ByteView(tag).first(kPasswordBytes));
}

}  // namespace pixelpass::web
