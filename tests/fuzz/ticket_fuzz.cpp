#include "pixelpass/ticket/ticket.hpp"

#include "fuzz.hpp"
#include "ticket/payload.hpp"

namespace pixelpass {
namespace {

/// Before every expiry.
constexpr UnixTime kLongAgo = UnixTime::min();

void require_round_trip(const Ticket& ticket) {
  const auto back = decode_ticket(encode_ticket(ticket), kLongAgo);
  fuzz::require(back.has_value() && *back == ticket, "a ticket that was read can be written and read again");
}

}  // namespace
}  // namespace pixelpass

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const ByteView bytes(data, size);
  if (const auto ticket = decode_ticket(as_text(bytes), kLongAgo)) require_round_trip(*ticket);
  // No fuzzer guesses a checksum: what is behind it is tried directly as well.
  if (const auto ticket = decode_payload(bytes)) require_round_trip(*ticket);
  (void)looks_like_ticket(as_text(bytes));
  return 0;
}
