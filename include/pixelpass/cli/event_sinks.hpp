#pragma once

#include "pixelpass/app/events.hpp"

#include <memory>
#include <string>

namespace pixelpass::cli {

/// Lines to a pipe that must never hold up the network thread: what the reader has not taken is kept (at most
/// kMaxPendingBytes), and goes out with later lines. The destructor waits half a second for the rest.
class LineWriter {
 public:
  explicit LineWriter(int fd) : fd_(fd) {}
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `droppable`: not worth keeping when the reader is behind.
  void write(const std::string& line, bool droppable);
  /// The reader has gone.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  void flush(int wait_ms);

  static constexpr std::size_t kMaxPendingBytes = 1 << 20;
  static constexpr std::size_t kBehindBytes = 64 << 10;

  int fd_;
  std::string pending_;
  bool broken_ = false;
};

/// One JSON object a line. For scripts.
class JsonEvents final : public app::EventSink {
 public:
  explicit JsonEvents(int fd) : lines_(fd) {}
  void on(const app::Event& event) override;
  [[nodiscard]] bool broken() const override { return lines_.broken(); }

 private:
  LineWriter lines_;
};

/// For people: the ticket (and the demo's table) on standard output, all else on standard error.
class HumanEvents final : public app::EventSink {
 public:
  /// `live`: standard error is a terminal, so that one line may be written over and over.
  explicit HumanEvents(bool live) : live_(live) {}
  void on(const app::Event& event) override;
  [[nodiscard]] bool wants_stats() const override { return false; }

 private:
  bool live_;
  bool failed_ = false;     ///< why it ended has been said
  bool line_open_ = false;  ///< a live line waits to be written over
};

/// What a person reads about an event; empty when it is nothing for people. Ends without a line break.
std::string human_text(const app::Event& event);
/// The demo's table.
std::string table_text(const app::DemoResult& result);

/// Logs each event (never a ticket) and hands it on.
class LoggedEvents final : public app::EventSink {
 public:
  explicit LoggedEvents(std::unique_ptr<app::EventSink> next) : next_(std::move(next)) {}
  void on(const app::Event& event) override;
  [[nodiscard]] bool wants_stats() const override { return next_->wants_stats(); }
  [[nodiscard]] bool broken() const override { return next_->broken(); }

 private:
  std::unique_ptr<app::EventSink> next_;
};

std::unique_ptr<app::EventSink> make_event_sink(bool json);

/// spdlog to standard error. `level`: one of spdlog's names.
void start_log(const std::string& level);

}  // namespace pixelpass::cli
