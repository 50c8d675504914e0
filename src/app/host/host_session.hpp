#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "app/host/audience.hpp"
#include "app/host/command_objection.hpp"
#include "app/host/host_command.hpp"
#include "app/host/host_meter.hpp"
#include "app/host/keyframe_policy.hpp"
#include "app/host/narrow_line_news.hpp"
#include "app/host/passed_stream.hpp"
#include "app/host/rate_control.hpp"
#include "app/host/rest_policy.hpp"
#include "app/host/source_command.hpp"
#include "app/host/transports.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace pixelpass::app {

/// What a session tells of itself. After Ended nothing follows; one that ends before it has started does not
/// tell of that.
using HostEvent = std::variant<Sharing, Paused, ViewerJoined, ViewerLeft, PathChanged, HostStats,
                               PictureTarget, Notice, Failed, Ended>;

struct HostSessionSettings {
  tunnel::HostSettings tunnel;
  AudienceSettings audience;
  /// By us. What others encode is not paused while nobody watches, which would save nothing: whoever joins
  /// gets the newest group at once, but for browsers, which wait for the next one. Nor can its sound and its
  /// bitrate be changed.
  bool is_encoded_here = true;
  /// The bitrate is the user's, whatever the lines carry, until it is changed.
  bool is_bitrate_fixed = false;
  PictureUse use = PictureUse::kAuto;
  /// Browsers may watch, too.
  bool is_web_on = true;
  std::optional<Duration> duration;  ///< stops by itself, so long after start()
  std::uint64_t first_group = 0;     ///< see Broadcast
  std::function<HostLoad()> load;    ///< asked once a second, for `stats`; empty: none are told
  /// Access units go there as well while an engine takes them; empty: none ever does.
  std::function<void(const AccessUnit&)> units = {};
  NarrowLineNews::Look narrow_line = {};  ///< see NarrowLineNews; asked with `stats`
};

/// The engines that take the stream now.
struct PublishedTo {
  std::size_t count = 0;
  bool want_units = false;  ///< one of them takes no MPEG-TS
  bool want_opus = false;
  friend bool operator==(const PublishedTo&, const PublishedTo&) = default;
};

/// One run of a host: its broadcast, who watches it and when its source works. Says who may come in, pauses
/// the source while nobody watches, says when a keyframe is made, counts, and ends. Whoever dials before
/// start() is let in and waits: the user may be thinking about what to share.
/// Driven as its transports are, whose datagrams and timers it passes on; after each call, poll_command() and
/// then poll_event() are to be drained. Sans-IO. Thread: network. Owns: broadcast and transports.
class HostSession final : public net::DatagramCore {
 public:
  static constexpr Duration kIdleGrace = RestPolicy::kIdleGrace;
  /// For what a source gave last to arrive before the host's goodbye does. A line that has not brought it by
  /// then is not waited for.
  static constexpr Duration kDeliveryTime = 1s;

  HostSession(HostSessionSettings settings, const Random& random, Instant now, const WallClock& wall_clock);

  /// The source is there, and wants commands from now on. Not once it has ended.
  void start(const StreamDescription& stream, Instant now);
  void on_frame(Frame frame);
  /// The same as its encoders made it, before it comes as a frame: some readers take no MPEG-TS.
  void on_unit(const AccessUnit& unit, Instant now);
  void on_described(const StreamDescription& stream, Instant now);
  /// So many engines are sent the stream by others: each counts as one who watches, and none as a line that
  /// the bitrate follows.
  void on_published(const PublishedTo& engines, Instant now);
  /// The engine of this number has lost a picture, or has a newcomer.
  void on_engine_wants_keyframe(std::size_t engine, Instant now);
  /// Its pictures show a card for now ("locked"); empty: the screen again.
  void on_source_hidden(const std::string& reason, Instant now);
  /// An empty `what`: it has come to its end. Those who watch still see what came last.
  void on_source_ended(const Error& error, Instant now);
  /// Returns what stands in its way, if anything does.
  std::optional<Error> on_command(const HostCommand& command, Instant now);
  /// Says bye to all viewers with the next flush. The first reason counts.
  void stop(const std::string& reason, ExitCode code, Instant now);

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  std::optional<SourceCommand> poll_command();
  std::optional<HostEvent> poll_event();
  /// Where a viewer may be reached, as it says: whoever punches holes wants to know.
  std::optional<tunnel::ViewerCandidates> poll_candidates();
  /// A viewer is told where we may be reached. Nothing happens when it is not here.
  void send_candidates(std::uint32_t viewer, std::vector<Candidate> candidates, Bytes tag);
  /// Once it has ended.
  [[nodiscard]] std::optional<ExitCode> exit_code() const { return exit_code_; }
  [[nodiscard]] const Broadcast& broadcast() const { return broadcast_; }

 private:
  void settle();
  void handle(const tunnel::SessionOpened& joined);
  void handle(const tunnel::SessionClosed& left);
  void handle(const tunnel::KeyframeWanted& wanted);
  /// What the statistics show of it is enough.
  void handle(const tunnel::ViewerMoved& moved);
  void handle(const tunnel::ViewerCandidates& candidates);
  void become_idle();
  void wake_up();
  [[nodiscard]] bool nobody_watches() const { return audience_.count() == 0 && engines_.count == 0; }
  void apply(const command::Kick& kick);
  void apply(const command::Lock&) { audience_.lock(); }
  void apply(const command::Unlock&) { audience_.unlock(); }
  void apply(const command::Pause&) { set_paused(true); }
  void apply(const command::Resume&) { set_paused(false); }
  void apply(const command::Mute& mute) { commands_.emplace_back(source_command::Mute{mute.muted}); }
  void apply(const command::Show& show) { commands_.emplace_back(source_command::Show{show.source}); }
  void apply(const command::SetBitrate& bitrate);
  void apply(const command::NewTicket& ticket);
  void apply(const command::Stop& stop) { this->stop(stop.reason, ExitCode::kDone, now_); }
  void set_paused(bool paused);
  void follow_rest();
  void set_playing(bool plays);
  void tell_what_is_shown(const std::string& why_hidden);
  void pass_on(const Frame& frame);
  void pass_unit(const AccessUnit& unit);
  void begin_with_newest_group(std::uint32_t viewer);
  void encode_at(std::int64_t bits_per_second);
  void take(RateControl::Steps steps);
  void follow_listeners();
  void tell_stream();
  void warn_of_endless_group();
  void tell_stats();
  void tell_target();
  void begin_following();

  const HostSessionSettings settings_;
  const Instant began_;
  Instant now_;
  bool is_starting_ = true;
  StreamDescription stream_;
  Broadcast broadcast_;
  Audience audience_;
  Transports transports_;
  PassedStream passed_;
  KeyframePolicy keyframes_;
  HostMeter meter_;
  RateControl rate_;
  std::optional<PictureTarget> told_target_;
  RestPolicy rest_;
  NarrowLineNews narrow_lines_;
  std::deque<SourceCommand> commands_;
  std::deque<HostEvent> events_;
  std::deque<tunnel::ViewerCandidates> candidates_;
  PublishedTo engines_;
  std::optional<Instant> stats_at_;        ///< the next ones
  std::optional<Instant> deadline_;        ///< of the run
  std::optional<std::string> last_words_;  ///< the source has ended, and its last pictures are on their way
  std::optional<ExitCode> exit_code_;
  bool warned_of_endless_group_ = false;
  bool makes_opus_ = false;
};

}  // namespace pixelpass::app
