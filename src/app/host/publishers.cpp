#include "app/host/publishers.hpp"

#include "pixelpass/app/interrupts.hpp"

#include <utility>

namespace pixelpass::app {
namespace {

const char* state_name(publish::Publisher::State state) {
  switch (state) {
    case publish::Publisher::State::kPublishing:
      return "publishing";
    case publish::Publisher::State::kWaiting:
      return "waiting";
    case publish::Publisher::State::kConnecting:
      break;
  }
  return "connecting";
}

/// Whether there is sound for engines; it is sent as Opus, which is encoded here.
bool has_audio(const HostOptions& options) {
  return options.audio.kind != AudioKind::kNone && options.source != SourceKind::kStdin;
}

}  // namespace

Publishers::Publishers(boost::asio::io_context& io, const HostOptions& options, HostSession& session,
                       EventSink& events, std::function<void()> wake)
    : session_(session), events_(events), wake_(std::move(wake)) {
  for (const auto& target : options.publish)
    engines_.push_back(
        {std::make_unique<publish::Publisher>(io, target, session.broadcast(),
                                              handlers_of(target, engines_.size()), has_audio(options)),
         Rate(Clock::now())});
}

publish::Publisher::Handlers Publishers::handlers_of(const publish::Target& target, std::size_t number) {
  const auto name = target.to_string();
  return {.on_publishing = [this, name] { events_.on(Publishing{name}); },
          .on_failed =
              [this, name](const Error& error, Duration retry_in) {
                events_.on(PublishFailed{name, error.what, error.hint, retry_in});
              },
          .on_notice =
              [this](const Error& error) {
                events_.on(Notice{error.what, error.hint});
              },
          .on_hung =
              [this](const Error& error) {
                Interrupts::leave_at_end();
                events_.on(Notice{error.what, error.hint});
              },
          .on_state = [this] { count(); },
          .on_keyframe_wanted =
              [this, number] {
                session_.on_engine_wants_keyframe(number, Clock::now());
                wake_();
              }};
}

void Publishers::count() {
  PublishedTo open;
  for (const auto& [publisher, rate] : engines_) {
    if (publisher->state() != publish::Publisher::State::kPublishing) continue;
    ++open.count;
    open.want_units |= publisher->target().protocol == publish::Protocol::kWhip;
    open.want_opus |= publisher->wants_opus();
  }
  if (std::exchange(open_, open) == open) return;
  session_.on_published(open, Clock::now());
  wake_();
}

void Publishers::start() {
  for (const auto& engine : engines_) engine.publisher->start();
}

void Publishers::on_broadcast() {
  for (const auto& engine : engines_) engine.publisher->on_broadcast();
}

void Publishers::on_unit(const AccessUnit& unit) {
  for (const auto& engine : engines_) engine.publisher->on_unit(unit);
}

void Publishers::stop(std::function<void()> done) {
  const auto left = std::make_shared<std::size_t>(engines_.size() + 1);
  const auto one_less = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  for (const auto& engine : engines_) engine.publisher->stop(one_less);
  one_less();
}

void Publishers::add_to(HostStats& stats, Instant now) {
  for (auto& [publisher, rate] : engines_) {
    const auto counters = publisher->counters();
    stats.publishes.push_back({publisher->target().to_string(), state_name(publisher->state()),
                               rate.bits_per_second(counters.bytes_sent, now), counters.skipped_groups,
                               publisher->line()});
  }
}

}  // namespace pixelpass::app
