#include "pixelpass/traversal/stun_message.hpp"

#include "fuzz.hpp"

namespace pixelpass::traversal {
namespace {

using A = StunAttribute;

const auto kAny = as_bytes("any key");

/// What is looked at in a message, asked for once.
void look_at(const StunMessage& message) {
  for (const auto type : {A::kUsername, A::kRealm, A::kNonce, A::kData}) (void)message.text(type);
  for (const auto type : {A::kXorPeerAddress, A::kXorRelayedAddress}) (void)message.xor_address(type);
  (void)message.mapped_address();
  (void)message.address(A::kAlternateServer);
  (void)message.u32(A::kLifetime);
  (void)message.u64(A::kIceControlling);
  (void)message.error_code();
  (void)message.has_good_fingerprint();
  fuzz::require(message.error_reason().size() <= 127, "a reason is one short line");
  fuzz::require(message.unknown_required().size() <= 16, "what is unknown is bounded");
  fuzz::require(!message.is_signed_with(kAny), "nobody signs by chance");
}

/// The attributes that we know, written anew.
Bytes written_anew(const StunMessage& message) {
  StunWriter writer(message.cls(), message.method(), message.id());
  for (const auto type : {A::kUsername, A::kRealm, A::kNonce, A::kData, A::kErrorCode, A::kLifetime})
    if (const auto value = message.find(type)) writer.add(type, *value);
  if (const auto address = message.mapped_address()) writer.add_xor_address(A::kXorMappedAddress, *address);
  return writer.sign_sha1(kAny).sign_sha256(kAny).add_fingerprint().take();
}

void require_same(const StunMessage& a, const StunMessage& b) {
  fuzz::require(a.cls() == b.cls() && a.method() == b.method() && a.id() == b.id(), "the header is the same");
  fuzz::require(a.text(A::kData) == b.text(A::kData) && a.text(A::kNonce) == b.text(A::kNonce),
                "texts are the same");
  fuzz::require(a.error_code() == b.error_code() && a.u32(A::kLifetime) == b.u32(A::kLifetime),
                "numbers are the same");
  fuzz::require(a.mapped_address() == b.mapped_address(), "an address is the same");
}

}  // namespace
}  // namespace pixelpass::traversal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using namespace pixelpass::traversal;
  if (size > 0x8000) return 0;  // what is written anew is a little longer, and has an end too
  const ByteView bytes(data, size);
  const auto message = StunMessage::parse(bytes);
  if (!message) return 0;
  fuzz::require(is_stun(bytes), "what is read looks like it");
  look_at(*message);
  const auto anew = written_anew(*message);
  const auto again = StunMessage::parse(anew);
  fuzz::require(again.has_value(), "what is written is read");
  require_same(*message, *again);
  fuzz::require(again->is_signed_with(kAny) && again->has_good_fingerprint(), "and is vouched for");
  return 0;
}
