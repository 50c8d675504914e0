#pragma once

#include "pixelpass/media/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pixelpass {

/// A place in a broadcast: the next frame that its reader has not had yet.
struct Cursor {
  std::uint64_t group = 0;           ///< group number
  std::size_t frame = 0;             ///< index within the group
  std::uint64_t skipped_groups = 0;  ///< groups that were not read to their end
  bool lost = false;                 ///< something, since its last frame
};

/// The last groups of pictures, and the place where many readers at different speeds read them from.
/// A group is a keyframe and what follows it; their numbers count up and are never used again.
/// The writer never waits: a reader that is too far behind loses whole groups and counts them.
/// The newest group is bounded too, since a foreign stream may never have another keyframe: past the limit it
/// loses its oldest frames, its keyframe first. Whoever is within the rest goes on; nobody can begin with it
/// any more, and who wants to waits for the next keyframe.
/// Sans-IO. Thread: network. Owns: frames (shared, immutable).
class Broadcast {
 public:
  struct Limits {
    std::size_t bytes = 32 << 20;  ///< payload kept; the newest frame is kept whatever its size
    std::size_t groups = 8;        ///< at least 1
    /// Kept: each costs some 256 bytes more than its payload, however little that is.
    std::size_t frames = 64 << 10;
  };
  struct Counters {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t groups = 0;
    std::uint64_t evicted_groups = 0;
    std::uint64_t frames_before_keyframe = 0;  ///< dropped: there was no group for them
    std::uint64_t trimmed_frames = 0;          ///< of groups that were longer than the limit
  };
  struct Item {
    FramePtr frame;
    std::uint64_t group = 0;
    std::size_t index = 0;
    bool skipped = false;  ///< the reader has lost something between its last frame and this one
  };

  Broadcast() : Broadcast(Limits{}) {}
  /// `first_group`: the first group's number. One that grows from one run of a host to the next lets a viewer
  /// who comes back tell new groups from old ones.
  explicit Broadcast(Limits limits, std::uint64_t first_group = 0)
      : limits_(limits), first_group_(first_group) {}

  /// Appends one frame. Never blocks, never fails; evicts the oldest groups past the limits, and then the
  /// oldest frames of the newest one.
  /// A keyframe begins a new group; frames before the first keyframe are dropped and counted.
  void push(Frame frame);
  void push(FramePtr frame);

  /// Forgets all frames (the picture was paused: what is kept is stale). Numbers go on; the next frame
  /// has to be a keyframe.
  void clear();

  /// A cursor at the start of the newest group, or of the next one to come if there is none with a start.
  [[nodiscard]] Cursor join() const;
  /// A cursor at the start of the newest group if its number is above `group` and it has its start, otherwise
  /// of the next one to come.
  [[nodiscard]] Cursor join_after(std::uint64_t group) const;

  /// The next frame for this cursor, or nullopt when it has caught up.
  /// A cursor whose group was evicted before it was read to its end, or whose place in it was trimmed,
  /// resumes where join() is; `skipped_groups` counts what it lost. One that has read its group to the end
  /// goes on at the following one and has lost nothing, even when its own group is gone by then.
  std::optional<Item> next(Cursor& cursor) const;

  /// The frame at an exact place, or null when it was evicted or has not come yet. Valid until the next push.
  [[nodiscard]] const FramePtr* at(std::uint64_t group, std::size_t index) const;

  /// The group will get no more frames: a newer one has begun, or the picture was paused.
  [[nodiscard]] bool is_complete(std::uint64_t group) const;
  [[nodiscard]] bool is_evicted(std::uint64_t group) const { return group < first_group_; }
  /// The frame was there and is not any more.
  [[nodiscard]] bool is_gone(std::uint64_t group, std::size_t index) const;
  /// Whether there is any group to join.
  [[nodiscard]] bool empty() const { return groups_.empty(); }
  /// The newest group's number; only when not empty.
  [[nodiscard]] std::uint64_t newest_group() const { return first_group_ + groups_.size() - 1; }
  /// The payload that the group has had so far, also of frames that are gone; 0 for one that is not kept.
  [[nodiscard]] std::size_t bytes_of(std::uint64_t group) const;
  /// How many frames the newest group has had so far; only when not empty.
  [[nodiscard]] std::size_t newest_frames() const { return groups_.back().length(); }
  /// The number that the next keyframe gets.
  [[nodiscard]] std::uint64_t next_group() const { return first_group_ + groups_.size(); }
  /// The time at which the group's first frame was captured; only for a group that is kept.
  [[nodiscard]] Instant started_at(std::uint64_t group) const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t bytes_kept() const { return bytes_kept_; }
  [[nodiscard]] std::size_t frames_kept() const { return frames_kept_; }

 private:
  struct Group {
    std::deque<FramePtr> frames;
    std::size_t trimmed = 0;  ///< frames that went from its start
    std::size_t bytes = 0;
    std::size_t bytes_ever = 0;  ///< with those that went
    Instant started_at;

    [[nodiscard]] std::size_t length() const { return trimmed + frames.size(); }
  };

  [[nodiscard]] const Group* find(std::uint64_t group) const;
  [[nodiscard]] bool holds_too_much() const;
  void evict_oldest();
  void trim_newest();
  /// Moves a cursor whose place is no longer kept to one that is, or that is to come.
  void resume(Cursor& cursor) const;

  Limits limits_;
  std::deque<Group> groups_;
  std::uint64_t first_group_;         ///< number of groups_.front()
  std::size_t last_gone_frames_ = 0;  ///< how many frames group first_group_ - 1 had when it went
  std::size_t bytes_kept_ = 0;
  std::size_t frames_kept_ = 0;
  Counters counters_;
};

}  // namespace pixelpass
