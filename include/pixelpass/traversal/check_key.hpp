#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <string>

namespace pixelpass::traversal {

/// The key that both ends of a punch share: their checks are signed with it (STUN's short-term credentials,
/// RFC 8489 section 9.1), and a check without that signature gets no answer.
struct CheckKey {
  std::string username;
  Bytes password;
};

/// Made from the ticket's secret and a tag of a few random bytes that names the punch: the user name is the
/// tag in hexadecimal digits, the password HMAC-SHA256(secret, "pixelpass punch" || tag). A tag of more than
/// 32 bytes counts no further than there.
CheckKey check_key(const Secret& secret, ByteView tag);

}  // namespace pixelpass::traversal
