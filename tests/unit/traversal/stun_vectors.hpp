#pragma once

#include "pixelpass/base/bytes.hpp"

#include <string_view>

namespace pixelpass::traversal::test {

/// "01 ff": hexadecimal digits, blanks between them.
inline Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int half = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (half >= 0) bytes.push_back(static_cast<std::uint8_t>(half * 16 + digit));
    half = half >= 0 ? -1 : digit;
  }
  return bytes;
}

inline constexpr std::string_view kVectorPassword = "VOkJxbRl1RmTxUk/WvJxBt";

/// RFC 5769 section 2.1: a binding request, as ICE sends it.
inline const Bytes kSampleRequest = from_hex(
    "00010058 2112a442 b7e7a701bc34d686fa87dfae"
    "80220010 5354554e207465737420636c69656e74"
    "00240004 6e0001ff 80290008 932ff9b151263b36"
    "00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf");
/// Section 2.2.
inline const Bytes kSampleResponseV4 = from_hex(
    "0101003c 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220"
    "00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96");
/// Section 2.3.
inline const Bytes kSampleResponseV6 = from_hex(
    "01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220"
    "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c");
/// Section 2.4: long-term credentials, no fingerprint.
inline const Bytes kSampleLongTerm = from_hex(
    "00010060 2112a442 78ad3433c6ad72c029da412e"
    "00060012 e3839ee38388e383aae38383e382afe382b90000"
    "0015001c 662f2f3439396b3935346436 4f4c33346f4c394653547679363473 41"
    "0014000b 6578616d706c652e6f726700"
    "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666");
/// RFC 8489 appendix B.1 as erratum 6268 has it: long-term credentials with SHA-256 and USERHASH.
inline const Bytes kSampleSha256 = from_hex(
    "00010090 2112a442 78ad3433c6ad72c029da412e"
    "001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
    "00150029 6f624d61744a6f73324141414366 2f2f3439396b39353464364f4c33346f4c3946535476793634 7341 000000"
    "0014000b 6578616d706c652e6f726700 001d0004 00020000"
    "001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65");

inline constexpr std::string_view kVectorUser =
    "\u30de\u30c8\u30ea\u30c3\u30af\u30b9";  // Matrix, in katakana
inline constexpr std::string_view kVectorRealm = "example.org";
inline constexpr std::string_view kVectorLongTermPassword = "TheMatrIX";  // after the OpaqueString profile

}  // namespace pixelpass::traversal::test
