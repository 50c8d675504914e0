#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/host/host_console.hpp"
#include "pixelpass/cli/command_line.hpp"
#include "pixelpass/cli/event_sinks.hpp"

#include "cli/tui/captured_stderr.hpp"
#include "cli/tui/clipboard.hpp"
#include "cli/tui/live_keys.hpp"
#include "cli/tui/live_state.hpp"
#include "cli/tui/terminal.hpp"
#include <boost/asio/io_context.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace pixelpass::cli {

/// The facts that decide whether a host gets the live view.
struct LiveViewPlace {
  bool on_terminal = false;  ///< standard input and output
  std::string term;          ///< TERM
  std::string locale;        ///< of characters
  bool json = false;
  bool plain = false;            ///< --plain
  bool input_is_source = false;  ///< standard input is what is shared
};
/// This process's facts.
LiveViewPlace live_view_place(const CommandLine& line);
/// Whether to use the live view; plain lines serve programs, dumb terminals and screen readers. Pure.
bool wants_live_view(const LiveViewPlace& place);
/// Whether colours are allowed: NO_COLOR (https://no-color.org) is unset or empty.
bool wants_colour();

/// The live view of a running host: shows its events, and carries out what keys ask for, by the same requests
/// as over the control socket. Messages (notices, the log) are shown in the view, and again as plain lines
/// when it has ended and the terminal is restored.
/// Thread: network. Needs `io` only to be run.
class LiveView final : public app::EventSink, public app::HostConsole {
 public:
  /// Null: the terminal cannot be used.
  static std::unique_ptr<LiveView> open(boost::asio::io_context& io, Streams streams,
                                        std::size_t max_viewers);
  ~LiveView() override;
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void on(const app::Event& event) override;
  void attach(Ask ask) override;
  void on_audio_level(const std::optional<AudioLevel>& level) override;

 private:
  LiveView(boost::asio::io_context& io, Streams streams, std::size_t max_viewers);
  bool start();
  void on_key(const Key& key);
  void apply(const app::ControlRequest& request);
  void apply(const CopyTicket&);
  void apply(const CopyLink&);
  /// `name`: what the text is.
  void copy(const std::string& name, const std::string& text);
  void on_copied(const std::string& name, const std::string& text, const std::string& program);
  void on_answer(const app::ControlRequest& request, const Result<boost::json::object>& answer);
  void learn_status();
  void show();
  void tell(const std::string& text);
  /// Any thread.
  void on_diverted(const std::string& text);
  void take_diverted();
  void take_line(const std::string& line);

  /// Keeps track of this object for tasks that keys and other threads have posted.
  struct Self {
    LiveView* view;
  };

  boost::asio::io_context& io_;
  const Streams streams_;
  const bool in_colour_;
  LiveState state_;
  Ask ask_;
  std::deque<std::string> kept_;  ///< to be said again at the end
  std::deque<app::Event> last_;   ///< how it ended
  std::optional<ClipboardCopy> copying_;
  std::mutex mutex_;                  ///< of the next two
  std::deque<std::string> diverted_;  ///< from the log, not shown yet
  bool told_of_diverted_ = false;
  std::shared_ptr<Self> self_ = std::make_shared<Self>(Self{this});
  std::optional<CapturedStderr> stderr_;
  std::unique_ptr<Terminal> terminal_;  // last: calls back
};

}  // namespace pixelpass::cli
