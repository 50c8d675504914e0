#pragma once

#include "app/host/host_session.hpp"
#include "sim_browser.hpp"
#include "sim_call.hpp"
#include "told.hpp"

namespace pixelpass::sim {

/// A source as a session sees it: gives pictures while it plays, a keyframe first and when one is asked for.
class SimSource {
 public:
  SimSource(Network& network, app::HostSession& session, std::function<void()> on_frame)
      : network_(network), session_(session), on_frame_(std::move(on_frame)) {}

  void apply(const app::SourceCommand& command);
  /// As of a still screen: keyframes are far apart, unless they are asked for.
  void stand_still() { frames_per_group_ = 10'000; }
  /// A test gives the pictures in its place.
  void give_nothing() { gives_ = false; }
  [[nodiscard]] bool is_playing() const { return playing_; }
  [[nodiscard]] std::size_t forced() const { return forced_; }  ///< keyframes that were asked for
  [[nodiscard]] std::size_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t group() const;  ///< the newest
  [[nodiscard]] bool is_muted() const { return muted_; }
  [[nodiscard]] int shown() const { return shown_; }
  [[nodiscard]] bool is_covered() const { return covered_; }
  [[nodiscard]] std::int64_t bitrate_bps() const { return bitrate_bps_; }  ///< 0: as it was made
  [[nodiscard]] bool makes_opus() const { return makes_opus_; }

 private:
  void next_frame(std::size_t run);
  void give_units(bool keyframe);

  Network& network_;
  app::HostSession& session_;
  std::function<void()> on_frame_;
  bool gives_ = true;
  bool playing_ = false;
  bool keyframe_due_ = true;
  bool muted_ = false;
  int shown_ = 0;
  bool covered_ = false;
  std::int64_t bitrate_bps_ = 0;
  bool makes_opus_ = false;
  std::size_t frames_per_group_ = 60;
  std::size_t run_ = 0;  ///< of pictures, from one pause to the next
  std::uint64_t group_ = 0;
  std::size_t index_ = 0;
  std::size_t frames_ = 0;
  std::size_t forced_ = 0;
};

/// A host's session with its real tunnel, and its viewers, on one network.
class SessionCall {
 public:
  struct Options {
    std::size_t max_viewers = 2;
    std::optional<UnixTime> expires_at = std::nullopt;
    bool is_encoded_here = true;
    std::optional<Duration> duration = std::nullopt;
    bool wants_stats = true;
    bool starts = true;  ///< at once; else with start_source()
    bool is_web_on = true;
    app::NarrowLineNews::Look narrow_line = {};
  };
  explicit SessionCall(std::uint64_t seed) : SessionCall(seed, Options()) {}
  SessionCall(std::uint64_t seed, const Options& options);

  [[nodiscard]] Ticket ticket() const;
  [[nodiscard]] const tunnel::Identity& identity() const { return identity_; }
  SimViewer& join() { return join(ticket()); }
  SimViewer& join(const Ticket& ticket);
  /// Joins, and waits for its first picture.
  SimViewer& watch();
  /// A browser with the page and this ticket. Another certificate is another viewer.
  SimBrowser& browse(const BrowserIdentity& certificate) { return browse(certificate, ticket()); }
  SimBrowser& browse(const BrowserIdentity& certificate, const Ticket& ticket);
  bool sees_pictures(SimBrowser& browser, Duration at_most = 5s) {
    const auto before = browser.pictures().size();
    return network.run_until([&] { return browser.pictures().size() > before; }, at_most);
  }
  /// Something was done to the session from outside.
  void touch() { network.touch(node_); }
  std::optional<Error> order(const app::HostCommand& command) {
    auto objection = session_->on_command(command, network.now());
    touch();
    return objection;
  }
  /// From now on ticket() is another one.
  void renew_ticket(std::optional<std::chrono::seconds> lifetime = std::nullopt, bool kicks_all = false);
  void start_source() {
    StreamDescription stream;
    stream.source = "test";
    session_->start(stream, network.now());
    touch();
  }
  /// The source has become another one, such as after a mode change.
  void describe_source(const StreamDescription& stream) {
    session_->on_described(stream, network.now());
    touch();
  }
  void end_source(const Error& error) {
    session_->on_source_ended(error, network.now());
    touch();
  }
  void request_keyframe(SimViewer& viewer) {
    viewer.tunnel().request_keyframe();
    network.touch(viewer.node());
  }
  app::HostSession& session() { return *session_; }
  SimSource& source() { return *source_; }
  [[nodiscard]] Network::NodeId node() const { return node_; }

  template <class T>
  [[nodiscard]] std::size_t count() const {
    return count_of<T>(events);
  }
  template <class T>
  [[nodiscard]] const T* last() const {
    return last_of<T>(events);
  }
  template <class T>
  bool until(std::size_t how_many, Duration at_most) {
    return network.run_until([&] { return count<T>() >= how_many; }, at_most);
  }

  std::vector<app::HostEvent> events;
  Network network;
  std::deque<SimViewer> viewers;
  std::deque<SimBrowser> browsers;

 private:
  void drain();

  std::uint64_t seed_;
  SocketAddress address_;
  tunnel::Identity identity_;
  Random random_;
  std::unique_ptr<app::HostSession> session_;
  std::unique_ptr<SimSource> source_;
  Network::NodeId node_ = 0;
};

}  // namespace pixelpass::sim
