#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// What of PipeWire's objects is looked at; all else there is not.
enum class PipeWireKind : std::uint8_t { kNode, kLink, kModule, kClient };

struct PipeWireObject {
  std::uint32_t id = 0;  ///< may be given to another object once this one is gone
  PipeWireKind kind = PipeWireKind::kNode;
  std::map<std::string, std::string, std::less<>> properties;

  /// Empty when there is no such property.
  [[nodiscard]] std::string property(std::string_view key) const;
};

/// A connection of its own to the user's PipeWire ($PIPEWIRE_REMOTE counts), for one look around and, if it
/// has to be, for taking something away. Each call blocks until PipeWire has answered, `timeout` at most.
/// Thread: the one that made it.
class PipeWireObjects {
 public:
  /// Throws StartupError: there is no PipeWire, or it does not answer in time.
  explicit PipeWireObjects(Duration timeout);
  ~PipeWireObjects();
  PipeWireObjects(const PipeWireObjects&) = delete;
  PipeWireObjects& operator=(const PipeWireObjects&) = delete;

  /// The server's, such as "1.0.5".
  [[nodiscard]] std::string version() const;
  /// The node that plays what applications play; empty: none, or nobody manages sound.
  [[nodiscard]] std::string default_sink() const;
  /// The objects as they are now, in the order of their ids.
  [[nodiscard]] std::vector<PipeWireObject> list() const;
  /// Has PipeWire destroy these, and waits until they are gone. Returns those that are still there.
  std::vector<std::uint32_t> remove(std::span<const std::uint32_t> ids);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What starts PipeWire, or installs it on this machine.
std::string pipewire_hint();

}  // namespace pixelpass::capture
