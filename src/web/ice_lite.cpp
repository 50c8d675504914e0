#include "web/ice_lite.hpp"

namespace pixelpass::web {
namespace {

using traversal::StunAttribute;
using traversal::StunClass;
using traversal::StunMessage;
using traversal::StunMethod;

std::optional<StunMessage> parse_request(ByteView datagram) {
  auto message = StunMessage::parse(datagram);
  if (!message || message->cls() != StunClass::kRequest || message->method() != StunMethod::kBinding)
    return std::nullopt;
  return message;
}

/// The first half of "ours:theirs" (RFC 8445 section 7.2.2).
std::string_view our_user_name(const StunMessage& message) {
  const auto both = message.text(StunAttribute::kUsername);
  if (both.size() <= kHelloChars || both[kHelloChars] != ':') return {};
  return both.substr(0, kHelloChars);
}

}  // namespace

std::optional<UnprovenCheck> IceLite::read(ByteView datagram) {
  auto message = parse_request(datagram);
  if (!message || !message->has_good_fingerprint() || !message->unknown_required().empty())
    return std::nullopt;
  const auto user_name = our_user_name(*message);
  const auto hello = parse_hello(user_name);
  if (!hello) return std::nullopt;
  return UnprovenCheck{
      {*hello, std::string(user_name), message->id(), message->has(StunAttribute::kUseCandidate)}, *message};
}

bool IceLite::has_signed(const UnprovenCheck& unproven) const {
  return unproven.message.is_signed_with(as_bytes(ice_password(key_, unproven.check.user_name)));
}

Bytes IceLite::answer(const Check& check, const SocketAddress& from) const {
  return traversal::StunWriter(StunClass::kSuccess, StunMethod::kBinding, check.id)
      .add_xor_address(StunAttribute::kXorMappedAddress, from.unmapped())
      .sign_sha1(as_bytes(ice_password(key_, check.user_name)))
      .add_fingerprint()
      .take();
}

}  // namespace pixelpass::web
