#pragma once

namespace pixelpass {

/// Wakes a poll(); closed by its destructor. ring(): any thread.
class WakeUp {
 public:
  /// Throws StartupError when there are no more descriptors.
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void ring() const;
  /// Forgets that it rang.
  void clear() const;
  /// Readable once it rang.
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace pixelpass
