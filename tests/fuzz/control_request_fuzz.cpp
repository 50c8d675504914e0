#include "app/control/control_message.hpp"
#include "fuzz.hpp"
#include <boost/json/serialize.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  using namespace pixelpass::app;
  if (size == 0) return 0;
  ControlLines lines;
  fuzz::in_pieces(ByteView(data, size).subspan(1), data[0], [&](ByteView piece) {
    const bool more = lines.feed(as_text(piece));
    while (const auto line = lines.next()) {
      fuzz::require(line->size() <= kMaxControlLine, "no line is longer than the longest request");
      if (const auto request = parse_request(*line)) {
        const auto back = parse_request(request_line(*request));
        fuzz::require(back && back->command == request->command && back->viewer == request->viewer &&
                          back->bitrate_bps == request->bitrate_bps && back->renew == request->renew &&
                          back->cancel == request->cancel && back->kick == request->kick,
                      "a request that was read can be written and read again");
      }
      if (const auto answer = parse_answer(*line)) {
        if (const auto error = error_in(*answer))
          fuzz::require(error->exit_code != ExitCode::kDone, "an error does not end as if all were well");
        fuzz::require(parse_answer(boost::json::serialize(*answer)).has_value(),
                      "an answer that was read can be written and read again");
        (void)host_in(*answer);
      }
    }
    return more;
  });
  return 0;
}
