#include "pixelpass/ticket/reply_code.hpp"

#include "fuzz.hpp"
#include "ticket/base32.hpp"
#include <boost/crc.hpp>

namespace pixelpass {
namespace {

constexpr Secret kSecret = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

void require_sound(const ReplyCode& code, const Secret& secret) {
  fuzz::require(!code.addresses.empty() && code.addresses.size() <= kMaxReplyAddresses,
                "there is somewhere to go, and not too much of it");
  for (const auto& address : code.addresses) fuzz::require(address.port() != 0, "each can be sent to");
  const auto made = make_reply_code(code.addresses, secret);
  const auto back = decode_reply_code(encode_reply_code(made), secret);
  fuzz::require(back.has_value() && *back == made, "what was read can be written and read again");
}

/// No fuzzer guesses a checksum or a tag: the bytes are taken for addresses as well.
std::vector<SocketAddress> addresses_in(ByteView bytes) {
  std::vector<SocketAddress> addresses;
  while (bytes.size() > 18) {
    const std::size_t size = bytes[0] % 2 == 0 ? 4 : 16;
    addresses.emplace_back(bytes.subspan(1, size), static_cast<std::uint16_t>(bytes[0] * 257));
    bytes = bytes.subspan(1 + size);
  }
  return addresses;
}

/// Behind the checksum: only the tag stands in the way.
std::string with_checksum(ByteView bytes) {
  Bytes whole(bytes.begin(), bytes.end());
  boost::crc_optimal<8, 0x07, 0, 0, false, false> crc;
  crc.process_bytes(whole.data(), whole.size());
  whole.push_back(crc.checksum());
  return "ppr1" + base32_encode(whole);
}

}  // namespace
}  // namespace pixelpass

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const ByteView bytes(data, size);
  if (const auto code = decode_reply_code(as_text(bytes), kSecret)) require_sound(*code, kSecret);
  (void)looks_like_reply_code(as_text(bytes));
  fuzz::require(!decode_reply_code(with_checksum(bytes), kSecret), "nobody guesses a tag");
  const auto made = make_reply_code(addresses_in(bytes), kSecret);
  if (!made.addresses.empty()) require_sound(made, kSecret);
  return 0;
}
