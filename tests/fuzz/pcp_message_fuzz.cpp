#include "fuzz.hpp"
#include "traversal/pcp_client.hpp"

#include <algorithm>

using namespace pixelpass;
using namespace pixelpass::traversal;

namespace {

constexpr std::size_t kNonceAt = 24;

/// The nonce that is in the bytes, so that what they say is looked at.
Random random_of(ByteView bytes) {
  const ByteView known = bytes.size() > kNonceAt ? bytes.subspan(kNonceAt) : ByteView();
  return [known](std::span<std::uint8_t> out) {
    std::ranges::fill(out, std::uint8_t{0});
    std::ranges::copy(known.first(std::min(known.size(), out.size())), out.begin());
  };
}

void look_at(const PcpClient& client, const PcpClient::Mapped& mapped, Instant now) {
  fuzz::require(!mapped.outer.is_unspecified() && mapped.outer.port() != 0, "an outer address is one");
  fuzz::require(!mapped.outer.is_v6(), "it is of the inner one's family");
  fuzz::require(mapped.lifetime >= 2s && mapped.lifetime <= 24h, "a lifetime is bounded");
  fuzz::require(client.next_timeout() >= now + 1s, "a gateway is not asked all the time");
}

}  // namespace

/// Any bytes: what is taken from an answer is within its bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  if (const auto response = parse_pcp(bytes)) {
    fuzz::require(size <= kMaxPcpBytes, "an answer is bounded");
    fuzz::require(!words_of(response->result).empty(), "a result has words");
    fuzz::require(!(response->map && response->is_announcement), "an answer is to one request");
  }
  PcpClient client(
      {.inner = *SocketAddress::parse("192.168.1.10:4433"), .lifetime = std::chrono::seconds(1200)},
      random_of(bytes));
  const Instant now{1h};
  client.start(now);
  client.on_datagram(bytes, now);
  if (const auto event = client.poll_event())
    if (const auto* mapped = std::get_if<PcpClient::Mapped>(&*event)) look_at(client, *mapped, now);
  return 0;
}
