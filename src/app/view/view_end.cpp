#include "app/view/view_end.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

Notice slow_recording_notice() {
  return {"waiting for the end of the recording to be written", "Ctrl-C ends without it"};
}

Notice recording_end_notice(const Error& failure) {
  return {"the recording's end is missing: " + failure.what, failure.hint};
}

Notice hung_recorder_notice() {
  return {
      "the recording is written, but what wrote it does not end: it hangs in a library; pixelpass ends "
      "without it",
      "nothing is missing in the file"};
}

Notice pipe_end_notice(const Error& failure) {
  return {"the stream's end is missing: " + failure.what, failure.hint};
}

}  // namespace

ViewEnd::ViewEnd(boost::asio::io_context& io, ViewerSession& session, CloseOutputs close_outputs,
                 EventSink& events)
    : session_(session), close_outputs_(std::move(close_outputs)), events_(events), patience_(io) {}

void ViewEnd::begin(std::function<void()> done) {
  has_begun_ = true;
  patience_.expires_after(kPatienceWithDisk);
  patience_.async_wait([this](const boost::system::error_code& error) {
    if (!error) events_.on(slow_recording_notice());
  });
  close_outputs_([this, done = std::move(done)](const MissingEnds& missing) {
    tell(missing);
    done();
  });
}

void ViewEnd::tell(const MissingEnds& missing) {
  // A reader that has gone got what it wanted.
  if (missing.pipe && missing.pipe->exit_code != ExitCode::kDone) events_.on(pipe_end_notice(*missing.pipe));
  if (missing.recording) {
    events_.on(recording_end_notice(*missing.recording));
    session_.on_recording_cut_short(*missing.recording);
  } else if (missing.recorder_hangs) {
    events_.on(hung_recorder_notice());
  }
  events_.on(session_.ended(Clock::now()));
}

}  // namespace pixelpass::app
