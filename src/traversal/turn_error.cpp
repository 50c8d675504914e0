#include "pixelpass/traversal/stun_crypto.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <openssl/evp.h>

namespace pixelpass::traversal {
namespace {

Error words_for(TurnError error) {
  switch (error) {
    case TurnError::kNoAnswer:
      return {"the relay does not answer",
              "check its address and port, that it runs, and that its firewall lets UDP and TCP through"};
    case TurnError::kCredentials:
      return {"the relay does not accept the username and password",
              "check them; a password that is made for a time may have expired, or the clocks differ"};
    case TurnError::kForbidden:
      return {"the relay forbids it",
              "look at the relay's list of denied addresses; it must allow its own relay address as a peer"};
    case TurnError::kQuota:
      return {"this user has as many allocations on the relay as it allows",
              "wait until older ones have ended (ten minutes), or raise the relay's quota per user"};
    case TurnError::kNoCapacity:
      return {"the relay is full", "try again later, raise its limits, or use another relay"};
    case TurnError::kFamily:
      return {"the relay does not relay this kind of IP address",
              "give the relay an address of that kind, or use another relay"};
    case TurnError::kMismatch:
      return {"the relay no longer knows our allocation",
              "it was restarted, or our address has changed; pixelpass allocates anew"};
    case TurnError::kUnsupported:
      return {"the relay does not do what was asked",
              "it has to be a TURN server (RFC 8656) that relays UDP, such as coturn"};
    case TurnError::kLost:
      return {"the connection to the relay broke", "check that the relay runs and can be reached from here"};
    case TurnError::kElsewhere:
      return {"the relay sends its users to another server", "use that server's address instead"};
  }
  return {"the relay failed", "use another relay"};
}

std::string base64(ByteView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

Error describe(TurnError error, std::string_view detail) {
  auto words = words_for(error);
  if (!detail.empty()) words.what.append(" (").append(detail).append(")");
  return words;
}

TurnCredentials timed_credentials(std::string_view secret, std::string_view name, UnixTime expires) {
  auto username = std::to_string(expires.time_since_epoch().count()) + ":" + std::string(name);
  auto password = base64(hmac_sha1(as_bytes(secret), as_bytes(username)));
  return {std::move(username), std::move(password)};
}

}  // namespace pixelpass::traversal
