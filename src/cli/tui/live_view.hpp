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

/// What decides whether a host gets the live view.
struct LiveViewPlace {
  bool on_terminal = false;  ///< standard input and output
  std::string term;          ///< TERM
  std::string locale;        ///< of characters
  bool json = false;
  bool plain = false;            ///< --plain
  bool input_is_source = false;  ///< standard input is what is shared
};
/// This process's.
LiveViewPlace live_view_place(const CommandLine& line);
/// Plain lines serve all others: programs, dumb terminals, screen readers. Pure.
bool wants_live_view(const LiveViewPlace& place);
/// This process's NO_COLOR (https://no-color.org): set to anything but nothing, it is obeyed.
bool wants_colour();

/// The live view of a running host: shows its events, and has it do what keys ask for, through what the
/// control socket answers too. What is said meanwhile (notices, the log) is shown in the view, and again as
/// plain lines when it has ended, where the terminal is as it was before.
/// Thread: network. Needs no more of `io` than to be run.
class LiveView final : public app::EventSink, public app::HostConsole {
 public:
  /// Null: the terminal cannot be had.
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
  /// `name`: what it is.
  void copy(const std::string& name, const std::string& text);
  void on_copied(const std::string& name, const std::string& text, const std::string& program);
  void learn_status();
  void show();
  void tell(const std::string& text);
  /// Any thread.
  void on_diverted(const std::string& text);
  void take_diverted();
  void take_line(const std::string& line);

  /// What keys and other threads have posted must not find it gone.
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
