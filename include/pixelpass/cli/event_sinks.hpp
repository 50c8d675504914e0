#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/cli/line_writer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::cli {

/// Standard output and standard error, for events and the log. Writing to them never waits.
struct Streams {
  std::shared_ptr<LineWriter> out;
  std::shared_ptr<LineWriter> err;  ///< the same as `out` where both are one terminal or pipe: order is kept

  /// Gives readers half a second to take what is left. Nothing is written afterwards. Returns whether
  /// standard output was written: a disk that is full to the end, or does not work, has lost what was said
  /// there; a reader who goes has had enough.
  [[nodiscard]] bool close() const;
  /// Sends lines that are meant for a terminal there instead (LineWriter::divert).
  void divert(const std::function<void(const std::string&)>& to) const;
};
Streams standard_streams(bool json);

/// Writes one JSON object a line, for scripts.
class JsonEvents final : public app::EventSink {
 public:
  explicit JsonEvents(std::shared_ptr<LineWriter> lines) : lines_(std::move(lines)) {}
  void on(const app::Event& event) override;
  [[nodiscard]] bool broken() const override { return lines_->broken(); }

 private:
  std::shared_ptr<LineWriter> lines_;
};

/// Writes for people: the ticket (and the demo's table) to standard output, everything else to standard
/// error.
class HumanEvents final : public app::EventSink {
 public:
  /// `live`: standard error is a terminal on which one line is overwritten again and again: the viewer's
  /// state, the demo's progress.
  HumanEvents(Streams streams, bool live) : streams_(std::move(streams)), live_(live) {}
  void on(const app::Event& event) override;
  [[nodiscard]] bool wants_stats() const override { return live_; }

 private:
  [[nodiscard]] std::string text_of(const app::Event& event) const;

  Streams streams_;
  bool live_;
  bool connected_ = false;  ///< a viewer's state is nothing to show while it looks for the host
  bool failed_ = false;     ///< why it ended has been said
};

/// The event as text for people; empty: it is not for people. Without a final line break.
std::string human_text(const app::Event& event);
/// The demo's table.
std::string table_text(const app::DemoResult& result);

/// Cleans each event (clean_event), logs it (never a ticket) and passes it on.
class LoggedEvents final : public app::EventSink {
 public:
  explicit LoggedEvents(std::shared_ptr<app::EventSink> next) : next_(std::move(next)) {}
  void on(const app::Event& event) override;
  [[nodiscard]] bool wants_stats() const override { return next_->wants_stats(); }
  [[nodiscard]] bool broken() const override { return next_->broken(); }

 private:
  std::shared_ptr<app::EventSink> next_;
};

/// `plain`: for people, without a line that is overwritten.
std::unique_ptr<app::EventSink> make_event_sink(bool json, bool plain, const Streams& streams);

/// Sends spdlog, and the libraries' messages through GLib's log, to standard error. `level`: one of spdlog's
/// names. Any thread may log afterwards.
void start_log(const std::string& level, const Streams& streams);

}  // namespace pixelpass::cli
