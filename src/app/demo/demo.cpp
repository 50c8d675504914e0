#include "pixelpass/app/demo/demo.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/this_program.hpp"

#include "app/child_process.hpp"
#include "app/demo/demo_report.hpp"
#include "app/view/player_choice.hpp"
#include "app/view/stream_decoder.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <utility>

namespace pixelpass::app {
namespace {

namespace json = boost::json;
using boost::asio::steady_timer;

/// How long the host may take to give its ticket. The first time, GStreamer scans all of its plugins: that
/// takes seconds, or more on a machine that has just installed them and is still busy.
constexpr Duration kHostTime = 60s;
/// How long after that the first picture may take.
constexpr Duration kPictureTime = 20s;
/// How long both sides together may take to end after SIGTERM: the command line promises two seconds in all.
constexpr Duration kEndTime = 1s;
/// How long a side may take to end after closing its output.
constexpr Duration kReapTime = 200ms;
constexpr const char* kLogHint = "run it again with --log-level debug";
constexpr const char* kNoDecoder = "nothing here can decode H.264";

std::string field(const json::object& event, std::string_view name) {
  const json::value* value = event.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The error of a side that ended early: its own message if there was one, else its status.
Error early_end(const std::string& side, int status, const std::optional<Error>& said) {
  const std::string what = "the " + side + " ended early: ";
  if (said) return {what + said->what, said->hint, said->exit_code};
  const std::string how = status > kSignalled ? "signal " + std::to_string(status - kSignalled)
                                              : "exit code " + std::to_string(status);
  return {what + how, kLogHint, ExitCode::kCouldNotStart};
}

/// Starts the host, then the viewer with the host's ticket, counts the seconds, ends both, reports.
/// Thread: network.
class DemoApp {
 public:
  DemoApp(boost::asio::io_context& io, const DemoOptions& options, EventSink& events);
  ExitCode run();

 private:
  using LineHandler = void (DemoApp::*)(const json::object& event);

  [[nodiscard]] std::vector<std::string> host_command() const;
  [[nodiscard]] std::vector<std::string> viewer_command() const;
  [[nodiscard]] ChildProcess::Handlers handlers(LineHandler on_event, std::function<void()> on_end);
  void on_host_event(const json::object& event);
  void on_viewer_event(const json::object& event);
  void on_endpoint(const std::string& url);
  void on_viewer_notice(const Notice& notice);
  /// Reads the viewer's endpoint as a player would.
  void decode();
  void on_first_picture();
  void tick();

  /// Ends both sides; their last lines still come.
  void stop(ExitCode code);
  void on_viewer_end();
  void on_host_end();
  /// A side has ended by itself, unexpectedly.
  void on_early_end(const std::string& side, ChildProcess& process);
  void give_up_after(Duration time, ExitCode code);
  ExitCode report();

  boost::asio::io_context& io_;
  const DemoOptions options_;
  EventSink& events_;
  const bool shows_;  ///< a player is opened, instead of decoding here
  DemoReport report_;
  std::unique_ptr<ChildProcess> host_;
  std::unique_ptr<ChildProcess> viewer_;
  std::string url_;             ///< the viewer's endpoint
  bool player_failed_ = false;  ///< as far as it got, the picture was not shown
  std::unique_ptr<StreamDecoder> decoder_;
  std::string decoder_name_;
  StreamDecoder::Counters decoded_;
  Interrupts interrupts_;
  steady_timer second_{io_};
  steady_timer patience_{io_};
  std::optional<ExitCode> exit_code_;
  std::optional<Error> early_end_;
  Instant ending_since_{};  ///< when exit_code_ was set
  bool viewer_ended_ = false, host_ended_ = false;
  int seconds_ = 0;
};

std::string name_of(PictureUse use) {
  switch (use) {
    case PictureUse::kText:
      return "text";
    case PictureUse::kMotion:
      return "video";
    case PictureUse::kAuto:
      break;
  }
  return "auto";
}

bool can_show() {
  const auto surroundings = player_surroundings();
  return surroundings.display && surroundings.find(std::nullopt).has_value();
}

DemoApp::DemoApp(boost::asio::io_context& io, const DemoOptions& options, EventSink& events)
    : io_(io), options_(options), events_(events), shows_(can_show()), interrupts_(io, [this] {
        stop(ExitCode::kInterrupted);
      }) {
  host_ = std::make_unique<ChildProcess>(io_, host_command(), ChildProcess::Variables{},
                                         handlers(&DemoApp::on_host_event, [this] { on_host_end(); }));
}

std::vector<std::string> DemoApp::host_command() const {
  const PictureOptions& picture = options_.picture;
  const std::string audio = options_.audio ? "auto" : "none";
  std::vector<std::string> command{this_program(),
                                   "--config=/dev/null",
                                   "--json",
                                   "--log-level=" + options_.log_level,
                                   "host",
                                   "--source=test",
                                   "--bind=127.0.0.1:0",
                                   "--stun=none",
                                   "--no-notify",
                                   "--fps=" + std::to_string(picture.fps),
                                   "--name=demo",
                                   std::string("--bitrate=") + (picture.is_bitrate_fixed ? "fixed:" : "") +
                                       std::to_string(picture.bitrate_bps),
                                   "--audio=" + audio,
                                   "--for=" + name_of(picture.use),
                                   "--encoder=" + picture.encoder};
  if (const auto& size = picture.size)
    command.push_back("--size=" + std::to_string(size->width) + "x" + std::to_string(size->height));
  return command;
}

std::vector<std::string> DemoApp::viewer_command() const {
  const std::string player = shows_ ? "auto" : "none";
  return {this_program(), "--config=/dev/null", "--json",      "--log-level=" + options_.log_level,
          "view",         "--name=demo",        "--stun=none", "--player=" + player};
}

ChildProcess::Handlers DemoApp::handlers(LineHandler on_event, std::function<void()> on_end) {
  const auto on_line = [this, on_event](const std::string& line) {
    boost::system::error_code error;
    const json::value event = json::parse(line, error);
    if (!error && event.is_object()) (this->*on_event)(event.get_object());
  };
  return {on_line, std::move(on_end)};
}

ExitCode DemoApp::run() {
  give_up_after(kHostTime, ExitCode::kCouldNotStart);
  io_.run();
  return report();
}

void DemoApp::on_host_event(const json::object& event) {
  report_.on_host_event(event);
  if (field(event, "event") != "ticket" || viewer_ || exit_code_) return;
  give_up_after(kPictureTime, ExitCode::kCouldNotStart);
  // The ticket goes through the environment, since other users may read our arguments.
  viewer_ = std::make_unique<ChildProcess>(
      io_, viewer_command(), ChildProcess::Variables{{"PIXELPASS_TICKET", field(event, "ticket")}},
      handlers(&DemoApp::on_viewer_event, [this] { on_viewer_end(); }));
}

void DemoApp::on_viewer_event(const json::object& event) {
  report_.on_viewer_event(event);
  const std::string name = field(event, "event");
  if (name == "endpoint") on_endpoint(field(event, "url"));
  if (name == "notice")
    on_viewer_notice({field(event, "what"), field(event, "hint"), false, event.contains("player_gone")});
  if (name == "first_frame") on_first_picture();
}

void DemoApp::on_endpoint(const std::string& url) {
  url_ = url;
  if (!shows_) decode();
}

void DemoApp::on_viewer_notice(const Notice& notice) {
  if (exit_code_) return;
  if (!shows_ || !notice.is_of_player) return events_.on(notice);
  events_.on(Notice{notice.what, "the picture is decoded here instead"});
  player_failed_ = true;
  decode();
}

void DemoApp::decode() {
  if (decoder_ || url_.empty()) return;
  const auto found = StreamDecoder::find_decoder();
  if (!found) {
    events_.on(Notice{kNoDecoder, "install one: " + StreamDecoder::install_command()});
    return;
  }
  try {
    decoder_ = std::make_unique<StreamDecoder>(io_, url_, *found);
    decoder_name_ = *found;
  } catch (const StartupError& failure) {
    events_.on(Notice{failure.error().what, failure.error().hint});
  }
}

void DemoApp::on_first_picture() {
  if (exit_code_) return;
  patience_.cancel();
  tick();
}

void DemoApp::tick() {
  second_.expires_after(1s);
  second_.async_wait([this](const auto& error) {
    if (error || exit_code_) return;
    ++seconds_;
    if (decoder_) decoded_ = decoder_->counters();
    DemoProgress progress = report_.progress();
    progress.second = seconds_;
    progress.of_seconds = static_cast<int>(options_.duration.count());
    progress.decoded_pictures = decoded_.pictures;
    events_.on(progress);
    if (seconds_ >= options_.duration.count() || events_.broken()) return stop(ExitCode::kDone);
    tick();
  });
}

void DemoApp::stop(ExitCode code) {
  if (exit_code_) return;
  exit_code_ = code;
  if (decoder_) decoded_ = decoder_->counters();
  decoder_.reset();
  ending_since_ = Clock::now();
  give_up_after(kEndTime, code);
  if (viewer_) viewer_->terminate();
  host_->terminate();
}

void DemoApp::on_viewer_end() {
  if (!exit_code_ && report_.player_was_closed()) stop(ExitCode::kDone);
  if (!exit_code_) on_early_end("viewer", *viewer_);
  viewer_ended_ = true;
  if (host_ended_) io_.stop();
}

void DemoApp::on_host_end() {
  if (!exit_code_) on_early_end("host", *host_);
  host_ended_ = true;
  if (!viewer_ || viewer_ended_) io_.stop();
}

void DemoApp::on_early_end(const std::string& side, ChildProcess& process) {
  // The side has closed its output, so it ends now, if it has not already.
  process.end_by(Clock::now() + kReapTime);
  early_end_ = early_end(side, process.status().value_or(0), report_.failure());
  stop(early_end_->exit_code);
}

void DemoApp::give_up_after(Duration time, ExitCode code) {
  patience_.expires_after(time);
  patience_.async_wait([this, code](const auto& error) {
    if (error) return;
    if (!exit_code_) return stop(code);
    io_.stop();
  });
}

ExitCode DemoApp::report() {
  const Instant deadline = ending_since_ + kEndTime;
  if (viewer_) viewer_->end_by(deadline);
  host_->end_by(deadline);
  const ExitCode code = exit_code_.value_or(ExitCode::kDone);
  if (code == ExitCode::kInterrupted && !report_.saw_picture()) return code;
  if (!report_.saw_picture())
    throw StartupError(early_end_.value_or(
        report_.failure().value_or(Error{"no picture arrived", kLogHint, ExitCode::kCouldNotStart})));
  DemoResult result = report_.result();
  result.decoder = shows_ && !player_failed_ ? "player" : decoder_name_;
  result.decoded_pictures = decoded_.pictures;
  result.decode_errors = decoded_.errors;
  events_.on(result);
  if (early_end_) events_.on(Failed{*early_end_});
  return code;
}

}  // namespace

ExitCode run_demo(boost::asio::io_context& io, const DemoOptions& options, EventSink& events) {
  return DemoApp(io, options, events).run();
}

}  // namespace pixelpass::app
