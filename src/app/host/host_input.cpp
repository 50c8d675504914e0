#include "app/host/host_input.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/startable_threads.hpp"

#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

/// How long a source may take to end: more than drivers need, but together with the goodbye less than
/// `pixelpass stop` waits.
constexpr Duration kSourceEndTime = 3s;

Notice left_behind(const StreamDescription& stream) {
  if (stream.source == "stdin")
    return {"what was shared does not end: reading from standard input hangs; pixelpass ends without it",
            "look at where the stream comes from: a device, or a disk on the network, may not answer"};
  return {"what was shared does not end: its capture or its encoder (" + stream.encoder +
              ") hangs in a driver or a library; pixelpass ends without it",
          "if that happens again, try another --encoder, or update the graphics driver"};
}

/// Remembers the screen, which is shared whether or not that succeeds.
void try_to_remember(const HostOptions& options, const ScreenOptions& screen) {
  try {
    remember_screen(options, screen);
  } catch (const std::exception&) {
    // The next start shares what it would have shared without.
  }
}

}  // namespace

HostInput::HostInput(const boost::asio::any_io_executor& network, const HostOptions& options,
                     const Handlers& handlers, Duration give_up_time)
    : handlers_(handlers),
      give_up_time_(give_up_time),
      options_(options),
      cpu_(Clock::now()),
      writer_({.video = true, .audio = options.audio.kind != AudioKind::kNone}),
      crossing_(network,
                {[this](MediaUnit unit) {
                   if (source_) pass_on(std::move(unit));
                 },
                 [this](const Error& error) { from_source([this, error] { handlers_.on_ended(error); }); },
                 [this](const Error& error) {
                   handlers_.on_notice({error.what, error.hint});
                 }}),
      patience_(network),
      start_([this, options](
                 const std::stop_token& stop) { return make_source(options, callbacks(), monitor_, stop); },
             [this] { crossing_.post([this] { on_start_over(); }); }) {}

void HostInput::on_start_over() {
  is_starting_ = false;
  auto outcome = start_.take();
  if (outcome) source_ = std::move(*outcome);
  if (on_stopped_) return end_source();
  if (!outcome) return handlers_.on_started(outcome.error());
  handlers_.on_started({});
  for (const auto& said : std::exchange(said_early_, {})) said();
}

void HostInput::from_source(std::function<void()> what) {
  if (source_) return what();
  said_early_.push_back(std::move(what));
}

void HostInput::pass_on(MediaUnit unit) {
  if (auto* const ready = std::get_if<Frame>(&unit)) return handlers_.on_frame(std::move(*ready));
  const auto& made = std::get<AccessUnit>(unit);
  handlers_.on_unit(made);
  if (made.kind != AccessUnit::Kind::kOpus) handlers_.on_frame(writer_.write(made));
}

encode::MediaCallbacks HostInput::callbacks() {
  const auto cross = [this](auto what) {
    crossing_.post([this, what = std::move(what)] { from_source(what); });
  };
  return {.on_unit = [this](MediaUnit unit) { crossing_.push(std::move(unit)); },
          .on_ended = [this](Error error) { crossing_.end(std::move(error)); },
          .on_described =
              [this, cross](StreamDescription stream) {
                cross([this, stream = std::move(stream)] { handlers_.on_described(stream); });
              },
          .on_notice =
              [this](Error notice) {
                // Posted at once: a notice about something that a start waits for is needed while it waits.
                crossing_.post([this, notice = std::move(notice)] {
                  handlers_.on_notice({notice.what, notice.hint});
                });
              },
          .on_hidden =
              [this, cross](std::string reason) {
                cross([this, reason = std::move(reason)] { handlers_.on_hidden(reason); });
              },
          .on_hung =
              [this](Error error) {
                crossing_.post([this, error = std::move(error)] { handlers_.on_hung(error); });
              }};
}

std::optional<Error> HostInput::choose_screen(const ScreenOptions& wanted) {
  if (on_stopped_ || end_) return Error{"the host is ending", "start another one: pixelpass host"};
  if (!source_) return Error{"the host does not share yet", "try again once it does"};
  if (auto objection = why_no_next_screen(options_.source)) return objection;
  if (is_choosing_)
    return Error{"another screen is being chosen already", "answer your desktop's dialog, or close it"};
  try {
    chooser_ = std::jthread([this, wanted](const std::stop_token& stop) { choose(wanted, stop); });
  } catch (const std::system_error& why) {
    return no_thread("chooses another screen", why);
  }
  is_choosing_ = true;
  return std::nullopt;
}

std::optional<Error> HostInput::keep_screen() {
  if (!is_choosing_) return Error{"no other screen is being chosen", "choose one: pixelpass screen"};
  is_taken_back_ = true;
  chooser_.request_stop();
  return std::nullopt;
}

bool HostInput::is_choosing_screen() const {
  return is_choosing_ && choose_source(options_.source, this_session()) == SourceKind::kPortal;
}

void HostInput::choose(const ScreenOptions& wanted, const std::stop_token& stop) {
  std::optional<Error> error;
  ScreenOptions screen;
  try {
    const auto next = next_screen(options_, monitor_, wanted, stop);
    screen = next.screen;
    error = source_->replace_screen(next.make);
  } catch (const StartupError& why) {
    error = why.error();
  } catch (const std::exception& why) {
    error = Error{std::string("unexpected: ") + why.what(), "run it again with --log-level debug"};
  }
  // Stored before the choice counts as over: a folder that hangs (on a network) delays only this thread.
  if (!error) try_to_remember(options_, screen);
  crossing_.post([this, error, screen] { on_chosen(error, screen); });
}

void HostInput::on_chosen(const std::optional<Error>& error, const ScreenOptions& screen) {
  is_choosing_ = false;
  const bool is_taken_back = std::exchange(is_taken_back_, false);
  if (on_stopped_) return end_source();
  if (!error) {
    options_.screen = screen;
  } else if (source_ && is_taken_back) {
    handlers_.on_notice({"the screen stays the one it was: the choice of another one was taken back", ""});
  } else if (source_) {
    handlers_.on_notice({"the screen stays the one it was: " + error->what, error->hint});
  }
}

void HostInput::stop(ExitCode code, std::function<void()> done) {
  on_stopped_ = std::move(done);
  if (!is_starting_ && !is_choosing_) return end_source();
  if (is_starting_) start_.give_up();
  chooser_.request_stop();
  leave_unless_over_soon(code);
}

void HostInput::leave_unless_over_soon(ExitCode code) {
  patience_.expires_after(give_up_time_);
  patience_.async_wait([code](const auto& error) {
    if (!error) Interrupts::leave(code);
  });
}

void HostInput::end_source() {
  chooser_ = {};
  if (!source_) return on_source_over();
  const auto notice = left_behind(source_->describe());
  end_.emplace(std::move(source_), [this] { crossing_.post([this] { on_source_over(); }); });
  patience_.expires_after(kSourceEndTime);
  patience_.async_wait([this, notice](const auto& error) {
    if (!error) leave_source_behind(notice);
  });
}

void HostInput::leave_source_behind(const Notice& notice) {
  if (!end_ || end_->is_over()) return;  // on_source_over() is on its way
  Interrupts::leave_at_end();
  handlers_.on_notice(notice);
  on_source_over();
}

void HostInput::on_source_over() {
  patience_.cancel();
  end_.reset();
  if (const auto done = std::exchange(on_stopped_, {})) done();
}

void HostInput::apply(const SourceCommand& command) {
  std::visit([this](const auto& what) { pass(what); }, command);
}

HostLoad HostInput::load(Instant now) {
  return {source_->take_times(), crossing_.dropped_frames(), cpu_.percent_since_last(now),
          process_resident_bytes()};
}

}  // namespace pixelpass::app
