#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "web/hello.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::web {

/// A connectivity check of a browser that has the ticket's secret.
struct Check {
  Hello hello;
  std::string user_name;  ///< ours, which is the hello's text: one a connection of the browser's
  traversal::TransactionId id{};
  /// This path is to be used (RFC 8445 section 7.2.5.1.1). A check may be a copy with a forged address: media
  /// goes to one only once authentic DTLS or SRTCP has come from it.
  bool nominates = false;
};

/// A check as it reads: whether who sent it has the secret nobody has looked yet. Its datagram outlives it.
struct UnprovenCheck {
  Check check;
  traversal::StunMessage message;
};

/// The host's half of ICE: lite (RFC 8445 section 2.5), it only answers, and remembers nothing. Who is in
/// control is settled by that, whatever a check says. Sans-IO. Thread: network.
class IceLite {
 public:
  explicit IceLite(const Secret& secret) : secret_(secret), key_(make_ice_key(secret)) {}

  /// Nullopt for all that is no check with a hello of ours in front: it gets no answer. When the hello was
  /// made is not looked at: a connection may go on for longer than its hello is good for.
  static std::optional<UnprovenCheck> read(ByteView datagram);
  /// Whether who sent it has the secret; else there is no answer either. Costs two hashes.
  [[nodiscard]] bool has_signed(const UnprovenCheck& unproven) const;
  /// Shorter than the check: who forges his address cannot make us send more than he does.
  [[nodiscard]] Bytes answer(const Check& check, const SocketAddress& from) const;
  [[nodiscard]] const Secret& secret() const { return secret_; }

 private:
  Secret secret_;
  IceKey key_;
};

}  // namespace pixelpass::web
