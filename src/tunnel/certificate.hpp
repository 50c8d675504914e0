#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "tunnel/tls.hpp"

#include <array>
#include <cstdint>

namespace pixelpass::tunnel {

/// The stored form of a P-256 private key: the integer (SEC 1, 2.3.7), big-endian.
constexpr std::size_t kPrivateKeyBytes = 32;
using PrivateKey = std::array<std::uint8_t, kPrivateKeyBytes>;

/// Whether the key is from 1 to the group's order - 1, as it has to be (SEC 1, 3.2.1).
bool is_private_key(const PrivateKey& key);

/// The key pair of an integer that is_private_key(). Throws std::bad_alloc.
OwnedTls<EVP_PKEY> key_pair_of(const PrivateKey& key);
/// The integer of a key pair made by key_pair_of(). Throws std::bad_alloc.
PrivateKey private_key_of(const EVP_PKEY* pair);

/// A self-signed certificate (RFC 5280). It names no person, machine or time: whoever trusts it knows its
/// hash. Depends on the key and on `random` alone. Throws std::bad_alloc.
OwnedTls<X509> make_certificate(EVP_PKEY* pair, const Random& random);

/// The certificate's DER form. Throws std::bad_alloc.
Bytes der_of(const X509* certificate);
/// The certificate in `der`; null unless these are exactly the bytes that der_of() gives for it.
OwnedTls<X509> certificate_of(ByteView der);

/// SHA-256 of the DER form (RFC 8122, 5). Throws std::bad_alloc.
Fingerprint fingerprint_of(const X509* certificate);

}  // namespace pixelpass::tunnel
