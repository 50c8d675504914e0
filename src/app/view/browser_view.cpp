#include "app/view/browser_view.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/distribution.hpp"
#include "pixelpass/base/environment.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/private_folder.hpp"
#include "pixelpass/playback/player.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/web/page.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace pixelpass::app {
namespace {

/// How long the page's file stays; a browser that has to start may take half of that on a slow disk.
constexpr Duration kPageTime = 1min;
/// A program that fails later than this was a browser that the user has closed.
constexpr Duration kOpeningTime = 10s;

constexpr std::array<PackageNames, 1> kXdgOpen{{{"xdg-utils", "xdg-utils", "xdg-utils", "xdg-utils"}}};

BrowserSurroundings browser_surroundings() {
  return {.display = !environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty(),
          .browser = std::string(environment("BROWSER")),
          .path = std::string(environment("PATH"))};
}

/// Whether $BROWSER is one program's name. It may also be a list of command lines, for which the desktop's
/// own way is better.
bool is_one_name(std::string_view browser) {
  return !browser.empty() && browser.find_first_of(": %\t") == std::string_view::npos;
}

[[noreturn]] void fail_to_write(const std::filesystem::path& file) {
  throw StartupError("cannot write the page to " + file.string() + ": " + std::strerror(errno),
                     "make room there, or open the host's link in a browser by hand");
}

void write_private(const std::filesystem::path& file, std::string_view text) {
  const Descriptor descriptor(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!descriptor.is_open()) fail_to_write(file);
  while (!text.empty()) {
    const auto written = ::write(descriptor.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_to_write(file);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string valid_ticket(const ViewOptions& options) {
  if (options.record || options.to_stdout)
    throw StartupError("a browser shows the stream by itself: nothing of it comes here to be recorded",
                       "leave out --record and --stdout, or take --player none", ExitCode::kUsage);
  return encode_ticket(decode_ticket(options.ticket, system_wall_time()).value());
}

/// Shows the file, and waits until it may be removed. Thread: network.
class BrowserView {
 public:
  BrowserView(boost::asio::io_context& io, const std::string& program, const std::string& ticket,
              Duration time, EventSink& events)
      : io_(io),
        events_(events),
        time_(io),
        interrupts_(io, [this] { end("interrupted", ExitCode::kInterrupted); }) {
    const auto file = folder_.path() / "pixelpass.html";
    write_private(file, page_with_ticket(ticket));
    process_.emplace(
        io, std::vector<std::string>{program, file},
        [this, program](int status) { on_exit(program, status); }, playback::Proxies::kKeep);
    events_.on(Notice{"opened in your browser, which does all else by itself",
                      "this command stays for a minute, for a browser that is slow to start; Ctrl-C is fine "
                      "once the page is there"});
    time_.expires_after(time);
    time_.async_wait([this](const boost::system::error_code& error) {
      if (!error) end("the browser has the page", ExitCode::kDone);
    });
  }

  /// Throws StartupError if the program has failed.
  ExitCode run() {
    io_.run();
    process_->release();
    if (failure_) throw StartupError(*failure_);
    events_.on(Ended{reason_, Clock::now() - began_, 0, std::nullopt});
    return exit_code_;
  }

 private:
  /// Most programs end at once, after another process has taken over the page.
  void on_exit(const std::string& program, int status) {
    if (status == 0 || Clock::now() - began_ > kOpeningTime) return;
    failure_ =
        Error{program + " could not open a browser (exit code " + std::to_string(status) + ")",
              "name one: BROWSER=firefox pixelpass view --player browser …; or open the host's link by "
              "hand; or take --player mpv"};
    io_.stop();
  }
  void end(const std::string& reason, ExitCode code) {
    reason_ = reason;
    exit_code_ = code;
    io_.stop();
  }

  boost::asio::io_context& io_;
  EventSink& events_;
  const Instant began_ = Clock::now();
  PrivateFolder folder_;
  boost::asio::steady_timer time_;
  Interrupts interrupts_;
  std::optional<playback::PlayerProcess> process_;
  std::optional<Error> failure_;
  std::string reason_;
  ExitCode exit_code_ = ExitCode::kDone;
};

}  // namespace

std::string browser_program(const BrowserSurroundings& surroundings) {
  const auto is_there = [&](const std::string& name) {
    return playback::is_in_path(name, surroundings.path);
  };
  if (is_one_name(surroundings.browser) &&
      (surroundings.browser.find('/') != std::string::npos || is_there(surroundings.browser)))
    return surroundings.browser;
  if (!surroundings.display)
    throw StartupError("there is no display here, so no browser can be opened",
                       "open the host's link on another machine, or use --record FILE or --stdout");
  if (is_there("xdg-open")) return "xdg-open";
  throw StartupError("nothing here says which browser to open: xdg-open is not installed",
                     "install it (" + install_command(kXdgOpen) +
                         "), or name one: BROWSER=firefox pixelpass view --player browser …");
}

bool can_open_browser() {
  try {
    return !browser_program(browser_surroundings()).empty();
  } catch (const StartupError&) {
    return false;
  }
}

/// Inserts the ticket after the page's first elements, since its character set has to be within the first
/// 1024 bytes. A ticket consists of letters and digits, so it cannot end an attribute.
std::string page_with_ticket(const std::string& ticket) {
  constexpr std::string_view kBefore = "<title>";
  std::string page(as_text(web::page()));
  const auto at = page.find(kBefore);
  assert(at != std::string::npos);
  return page.insert(at, "<meta http-equiv=\"refresh\" content=\"0;url=#" + ticket + "\">\n");
}

ExitCode view_in_browser(boost::asio::io_context& io, const ViewOptions& options, EventSink& events) {
  const auto ticket = valid_ticket(options);
  const Duration time = std::min(kPageTime, options.duration.value_or(kPageTime));
  return BrowserView(io, browser_program(browser_surroundings()), ticket, time, events).run();
}

}  // namespace pixelpass::app
