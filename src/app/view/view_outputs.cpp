#include "app/view/view_outputs.hpp"

#include "pixelpass/app/interrupts.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace pixelpass::app {
namespace {

playback::OlderFile older_file(const ViewOptions& options) {
  if (options.overwrites) return playback::OlderFile::kReplaced;
  return options.keeps_recordings ? playback::OlderFile::kKept : playback::OlderFile::kRefused;
}

}  // namespace

ViewOutputs::ViewOutputs(boost::asio::io_context& io, const ViewOptions& options, const ChosenPlayer& chosen,
                         ViewerSession& session, std::function<void()> told)
    : io_(io),
      options_(options),
      recording_(options.record),
      chosen_(chosen),
      session_(session),
      told_(std::move(told)),
      endpoint_(io, options.listen, session.receiver().broadcast(), system_random) {
  auto& receiver = session_.receiver();
  endpoint_.on_player([this] { return on_player_begins(); });
  endpoint_.on_delivered([this](const Frame& frame) {
    if (player_) player_->on_delivered(frame);
  });
  receiver.add(endpoint_);
  const auto on_notice = [this](const playback::RecordingNotice& notice) {
    session_.on_recording_notice({notice.what, notice.hint});
    told_();
  };
  if (recording_) {
    recorder_ = playback::StreamWriter::record(
        io_, *recording_, older_file(options), receiver.broadcast(),
        [this](const Error& error) { on_recorder_failed(error); }, on_notice);
    receiver.add(*recorder_);
  }
  if (options_.to_stdout) {
    pipe_ = playback::StreamWriter::to_descriptor(
        io_, STDOUT_FILENO, receiver.broadcast(), [this](const Error& why) { on_pipe_ended(why); },
        on_notice);
    receiver.add(*pipe_);
  }
}

ViewOutputs::~ViewOutputs() {
  player_.reset();
  for (auto* writer : {pipe_.get(), recorder_.get()})
    if (writer != nullptr) session_.receiver().remove(*writer);
  session_.receiver().remove(endpoint_);
}

ViewPlace ViewOutputs::place() const {
  const std::string url = endpoint_.url();
  ViewPlace place{
      {url, playback::mpv_command(url), playback::vlc_command_line(url, std::getenv("http_proxy"))}, {}};
  if (!endpoint_.knows_users())
    place.notices.push_back({"this kernel does not say whose program asks for the stream",
                             "other users of this machine can watch too, once they see the player's command "
                             "line"});
  if (recording_ != options_.record)
    place.notices.push_back({"the recording goes into " + *recording_, "the one before it is kept"});
  if (chosen_.notice && !options_.record) place.notices.push_back(*chosen_.notice);
  return place;
}

ViewLoad ViewOutputs::load() {
  ViewLoad load;
  load.buffered_bytes = endpoint_.counters().buffered_bytes;
  load.cpu_percent = cpu_.percent_since_last(Clock::now());
  load.rss = process_resident_bytes();
  if (!player_) return load;
  load.player_lag = player_->lag();
  load.player_speed = player_->speed();
  load.player_dropped = player_->take_dropped();
  return load;
}

void ViewOutputs::on_recorder_failed(const Error& error) {
  const auto saved = recorder_->bytes_written();
  session_.receiver().remove(*recorder_);
  failed_recorder_ = std::move(recorder_);
  end_failed_recorder();
  session_.on_recording_failed(error, saved);
  told_();
}

/// May take long, or hang: the watching goes on meanwhile.
void ViewOutputs::end_failed_recorder() {
  failed_recorder_->finish([this](const auto&) {
    if (failed_recorder_->hangs()) Interrupts::leave_at_end();
    failed_recorder_.reset();
    if (const auto over = std::exchange(on_failed_recorder_over_, {})) over();
  });
}

void ViewOutputs::on_pipe_ended(const Error& why) {
  session_.receiver().remove(*pipe_);
  pipe_.reset();
  session_.on_pipe_ended(why);
  told_();
}

bool ViewOutputs::on_player_begins() {
  const bool asked = session_.on_player_begins(Clock::now());
  if (asked) told_();
  return asked;
}

void ViewOutputs::open_player() {
  if (!chosen_.kind) return;
  try {
    player_ = std::make_unique<PlayerSession>(io_, *chosen_.kind, endpoint_.url(), options_.catch_up,
                                              session_.receiver().clock(), [this](int status) {
                                                session_.on_player_exit(status, Clock::now());
                                                told_();
                                              });
    session_.on_player_opened();
  } catch (const StartupError& failure) {
    session_.on_player_not_opened(failure.error(), Clock::now());
  }
}

void ViewOutputs::drain() {
  endpoint_.close([this] {
    session_.on_drained();
    told_();
  });
}

void ViewOutputs::close(std::function<void(MissingEnds)> done) {
  player_.reset();
  const auto missing = std::make_shared<MissingEnds>();
  const auto waited_for = std::make_shared<int>(3);
  const auto one_less = [missing, waited_for, done = std::move(done)] {
    if (--*waited_for == 0) done(*missing);
  };
  const auto note = [missing, one_less](std::optional<Error> MissingEnds::*whose) {
    return [=](std::optional<Error> failure) {
      (*missing).*whose = std::move(failure);
      one_less();
    };
  };
  // At once: what one of them meets while the other is waited for is not lost.
  finish(recorder_, [this, missing, ended = note(&MissingEnds::recording)](std::optional<Error> failure) {
    missing->recorder_hangs = recorder_ && recorder_->hangs();
    if (missing->recorder_hangs) Interrupts::leave_at_end();
    ended(std::move(failure));
  });
  finish(pipe_, [this, ended = note(&MissingEnds::pipe)](std::optional<Error> failure) {
    if (pipe_ && pipe_->hangs()) Interrupts::leave_at_end();
    ended(std::move(failure));
  });
  if (!failed_recorder_) return one_less();
  on_failed_recorder_over_ = one_less;
}

void ViewOutputs::finish(std::unique_ptr<playback::StreamWriter>& writer, WhenEnded ended) {
  if (!writer) return ended(std::nullopt);
  session_.receiver().remove(*writer);
  writer->finish(std::move(ended));
}

}  // namespace pixelpass::app
