#include "pixelpass/net/http_head.hpp"

#include "fuzz.hpp"

namespace {

using namespace pixelpass;
using net::HeadVerdict;

/// Any bytes get a verdict, more bytes never take one back, and every verdict has an answer.
void judge_all(ByteView all, const net::HttpTarget& target) {
  const auto verdict = judge_head(all, target);
  if (verdict == HeadVerdict::kNeedMore) return;
  fuzz::require(response_head(verdict, {}).ends_with("\r\n\r\n"), "every verdict has an answer");
  const auto earlier = judge_head(all.first(all.size() / 2), target);
  fuzz::require(earlier == HeadVerdict::kNeedMore || earlier == verdict, "a verdict is final");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const net::HttpTarget stream{
      .path = "/secret.ts", .hosts = {"127.0.0.1", "localhost"}, .port = 4321, .takes_query = false};
  static const net::HttpTarget page{.path = "/", .hosts = {}, .port = 4321, .takes_query = true};
  // The buffers of the servers hold no more.
  const auto all = ByteView(data, size).first(std::min(size, net::kMaxHeadBytes));
  judge_all(all, stream);
  judge_all(all, page);
  return 0;
}
