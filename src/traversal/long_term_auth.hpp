#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <optional>
#include <string>

namespace pixelpass::traversal {

/// The client's half of the long-term credential mechanism (RFC 8489 section 9.2): what a server's challenge
/// said, and the key made of it. Bounded: a realm and a nonce of at most 763 bytes. Sans-IO.
class LongTermAuth {
 public:
  explicit LongTermAuth(TurnCredentials credentials) : credentials_(std::move(credentials)) {}

  /// Takes realm, nonce and algorithms of a 401. False: it cannot be answered, since something is missing,
  /// none of the algorithms is ours, or somebody has taken them out on the way.
  bool take_challenge(const StunMessage& error);
  /// Takes the new nonce of a 438. False: there is none.
  bool take_nonce(const StunMessage& error);

  [[nodiscard]] bool has_key() const { return !key_.empty(); }
  /// Adds who we are and the integrity. With a key only.
  void sign(StunWriter& writer) const;
  /// Whether an answer was signed with the key, no weaker than our requests are.
  [[nodiscard]] bool vouches_for(const StunMessage& message) const;

 private:
  bool choose_algorithm(const StunMessage& error);

  TurnCredentials credentials_;
  std::string realm_;
  std::string nonce_;
  Bytes algorithms_;  ///< PASSWORD-ALGORITHMS as the server sent it; empty: an older server
  PasswordAlgorithm algorithm_ = PasswordAlgorithm::kMd5;
  bool hides_username_ = false;
  Bytes key_;
};

}  // namespace pixelpass::traversal
