#pragma once

#include "pixelpass/traversal/relay_connector.hpp"

#include "app/alarm.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pixelpass::app {

/// A clock that a test moves, and what waits for it.
struct FakeTime {
  Instant now{1h};
  Instant due{};
  std::function<void()> what;

  void pass(Duration duration) {
    const auto end = now + duration;
    while (what && due <= end) {
      now = due;
      std::exchange(what, nullptr)();
    }
    now = end;
  }
};

class FakeAlarm final : public Alarm {
 public:
  explicit FakeAlarm(FakeTime& time) : time_(time) {}
  void set(Duration after, std::function<void()> what) override {
    time_.due = time_.now + after;
    time_.what = std::move(what);
  }
  void cancel() override { time_.what = nullptr; }
  [[nodiscard]] Instant now() const override { return time_.now; }

 private:
  FakeTime& time_;
};

/// The servers of a test: each allocation that was ever asked for, what it was asked, and what it answers.
struct FakeRelays {
  struct Asked {
    traversal::RelayAllocation::Settings settings;
    traversal::RelayAllocation::Handlers handlers;
    traversal::RelayId id{};
    bool is_alive = true;
    bool answers_checks = true;
    int checks = 0;
    std::vector<SocketAddress> permitted{};
    std::vector<SocketAddress> bound{};
  };

  traversal::MakeRelayAllocation make() {
    return [this](auto settings, auto handlers) {
      all.push_back({std::move(settings), std::move(handlers), traversal::RelayId(all.size() + 1)});
      return std::make_unique<Allocation>(all.back());
    };
  }
  Asked& newest() { return all.back(); }
  /// The newest one has an allocation from here on.
  void give(const SocketAddress& relayed,
            traversal::TurnTransport transport = traversal::TurnTransport::kUdp) {
    newest().handlers.on_ready({.relay = newest().id,
                                .server = *SocketAddress::parse("198.51.100.9:3478"),
                                .relayed = relayed,
                                .mapped = *SocketAddress::parse("203.0.113.1:4433"),
                                .transport = transport});
  }
  void fail(const char* what = "it is gone") { newest().handlers.on_failed({what, "try another"}); }

  std::deque<Asked> all;

 private:
  class Allocation final : public traversal::RelayAllocation {
   public:
    explicit Allocation(Asked& asked) : asked_(asked) {}
    ~Allocation() override { asked_.is_alive = false; }
    void on_event(const traversal::RelayReady&) override {}
    void on_event(const traversal::RelayFailed&) override {}
    bool check() override {
      ++asked_.checks;
      return asked_.answers_checks;
    }
    void permit(const SocketAddress& peer) override { asked_.permitted.push_back(peer); }
    void bind_channel(const SocketAddress& peer) override { asked_.bound.push_back(peer); }
    void forget(const SocketAddress& peer) override { std::erase(asked_.permitted, peer); }

   private:
    Asked& asked_;
  };
};

}  // namespace pixelpass::app
