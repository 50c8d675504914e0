#pragma once

#include "pixelpass/tunnel/admission.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace pixelpass::app {

struct AudienceSettings {
  std::size_t max_viewers = 2;
  /// After this time nobody comes in any more, not even viewers who were in before and have left. Those who
  /// watch go on, also over another connection.
  std::optional<UnixTime> expires_at;
  WallClock expiry_clock;  ///< judges expires_at; steady_wall_clock() cannot be set back
};

/// Who watches, and who else may. A viewer is identified by its session id: 16 random bytes that only it and
/// the host ever see. Sans-IO. Thread: network.
class Audience final : public tunnel::Admission {
 public:
  /// The most viewers whose number, and whether they were kicked, is remembered for when they come back.
  static constexpr std::size_t kRemembered = 1024;

  explicit Audience(AudienceSettings settings) : settings_(std::move(settings)) {}

  Result<std::uint32_t, wire::RefusedReason> admit(const wire::SessionId& session) override;
  void release(std::uint32_t viewer) override;

  /// Locks: nobody new comes in. Viewers who were in before may return, since they have only lost their
  /// connection.
  void lock() { locked_ = true; }
  void unlock() { locked_ = false; }
  [[nodiscard]] bool is_locked() const { return locked_; }
  /// A new ticket is valid for so long from now on; none: for good.
  void expire_in(std::optional<std::chrono::seconds> lifetime);
  /// Kicks the viewer, who does not come in again. False: nobody of this number is here.
  bool kick(std::uint32_t viewer);
  /// Kicks all who have come in so far, whether they are here or not. Returns who was here.
  std::vector<std::uint32_t> kick_all();
  /// The numbers of those who watch.
  [[nodiscard]] std::vector<std::uint32_t> here() const { return {here_.begin(), here_.end()}; }
  [[nodiscard]] std::size_t count() const { return here_.size(); }
  [[nodiscard]] std::size_t remembered() const { return viewers_.size(); }

 private:
  struct Viewer {
    std::uint32_t number = 0;
    bool kicked = false;
  };

  [[nodiscard]] std::optional<wire::RefusedReason> objection(const Viewer* known) const;
  [[nodiscard]] bool is_here(const Viewer& viewer) const { return here_.contains(viewer.number); }
  void make_room();

  AudienceSettings settings_;
  std::map<wire::SessionId, Viewer> viewers_;
  std::set<std::uint32_t> here_;  ///< numbers
  std::uint32_t next_number_ = 1;
  bool locked_ = false;
};

}  // namespace pixelpass::app
