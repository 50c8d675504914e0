#include "pixelpass/net/http_head.hpp"

#include "fuzz.hpp"

/// Any bytes get a verdict, more bytes never take one back, and every verdict has an answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using net::HeadVerdict;
  static const net::HttpTarget target{
      .path = "/secret.ts", .hosts = {"127.0.0.1", "localhost"}, .port = 4321};
  // The endpoint's buffer holds no more.
  const auto all = ByteView(data, size).first(std::min(size, net::kMaxHeadBytes));
  const auto verdict = judge_head(all, target);
  if (verdict == HeadVerdict::kNeedMore) return 0;
  fuzz::require(response_head(verdict).ends_with("\r\n\r\n"), "every verdict has an answer");
  const auto earlier = judge_head(all.first(all.size() / 2), target);
  fuzz::require(earlier == HeadVerdict::kNeedMore || earlier == verdict, "a verdict is final");
  return 0;
}
