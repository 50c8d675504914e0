#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "web/hello.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::web {

/// A connectivity check from a browser that has the ticket's secret.
struct Check {
  Hello hello;
  std::string user_name;  ///< ours, which is the hello's text: one a connection of the browser's
  traversal::TransactionId id{};
  /// Whether the path is nominated (RFC 8445 section 7.2.5.1.1). A check may be a copy with a forged address,
  /// so media goes to a path only once authentic DTLS or SRTCP has come over it.
  bool nominates = false;
};

/// A parsed check of which it is not known yet whether its sender has the secret. Its datagram outlives it.
struct UnprovenCheck {
  Check check;
  traversal::StunMessage message;
};

/// The host's half of ICE: lite (RFC 8445 section 2.5), so it only answers, keeps no state, and is always the
/// controlled side, whatever a check says. Sans-IO. Thread: network.
class IceLite {
 public:
  explicit IceLite(const Secret& secret) : secret_(secret), key_(make_ice_key(secret)) {}

  /// Parses a check. Nullopt for everything else, which gets no answer. The hello's age is not checked: a
  /// connection may last longer than its hello is valid.
  static std::optional<UnprovenCheck> read(ByteView datagram);
  /// Whether the sender has the secret; otherwise there is no answer. Costs two hashes.
  [[nodiscard]] bool has_signed(const UnprovenCheck& unproven) const;
  /// The answer. It is shorter than the check, so that a forged address cannot be used for amplification.
  [[nodiscard]] Bytes answer(const Check& check, const SocketAddress& from) const;
  [[nodiscard]] const Secret& secret() const { return secret_; }

 private:
  Secret secret_;
  IceKey key_;
};

}  // namespace pixelpass::web
