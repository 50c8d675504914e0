#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/stun_crypto.hpp"

#include "web/media_terms.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::web {

/// A page joins without contacting the host before its first connectivity check (RFC 8445 section 7.2.2).
/// What the host has to know is in the *remote* ICE user name, which the page chooses when it writes the
/// answer:
///   hello := version(u8) certificate-hash(32) video-type(u8) rtx-type(u8) audio-type(u8)
///            transport-id(4 bits) playout-delay-id(4 bits) kind(u8) flags(u8) unix-time(u32, big-endian)
///            random(5)
/// in base64. Its password is derived from the ticket's secret, so the host need not know of it before, and
/// whoever lacks the secret gets no answer. Sans-IO. Any thread.
inline constexpr std::uint8_t kHelloVersion = 1;
inline constexpr std::size_t kHelloBytes = 48;
inline constexpr std::size_t kHelloChars = 64;  ///< of base64, without padding

using CertificateHash = std::array<std::uint8_t, 32>;  ///< SHA-256 of its DER

enum class BrowserKind : std::uint8_t { kOther = 0, kChromium = 1, kFirefox = 2, kSafari = 3, kEdge = 4 };

struct Hello {
  CertificateHash certificate{};  ///< the only one that its DTLS client may show
  MediaTerms media;
  BrowserKind kind = BrowserKind::kOther;
  bool is_handheld = false;  ///< a phone or a tablet
  UnixTime made_at{};        ///< by the browser's clock
};

/// The hello; nullopt: it is another version's, has no video type, or is no hello at all.
std::optional<Hello> parse_hello(std::string_view user_name);
/// The name for people: "Firefox", "Chromium on a phone or tablet".
std::string name_of(const Hello& hello);

/// How long a hello is valid. Browsers' clocks may be wrong by hours, which is tolerated.
inline constexpr auto kHelloLifetime = std::chrono::hours(24);
bool is_timely(const Hello& hello, UnixTime now);

/// The key that signs hellos, from the ticket's secret: HMAC-SHA256(secret, "pixelpass web ice 1").
using IceKey = traversal::Sha256Tag;
IceKey make_ice_key(const Secret& secret);
/// base64(HMAC-SHA256(key, user name)[0..24]): 32 characters.
std::string ice_password(const IceKey& key, std::string_view user_name);

}  // namespace pixelpass::web
