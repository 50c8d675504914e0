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

/// The kinds of PipeWire objects that are listed; all others are left out.
enum class PipeWireKind : std::uint8_t { kNode, kLink, kModule, kClient };

struct PipeWireObject {
  std::uint32_t id = 0;  ///< may be given to another object once this one is gone
  PipeWireKind kind = PipeWireKind::kNode;
  std::map<std::string, std::string, std::less<>> properties;

  /// Empty when there is no such property.
  [[nodiscard]] std::string property(std::string_view key) const;
};

/// A separate connection to the user's PipeWire ($PIPEWIRE_REMOTE counts), for listing its objects and, if
/// needed, removing some. Each call blocks until PipeWire has answered, `timeout` at most.
/// Thread: the one that made it.
class PipeWireObjects {
 public:
  /// Throws StartupError: there is no PipeWire, or it does not answer in time.
  explicit PipeWireObjects(Duration timeout);
  ~PipeWireObjects();
  PipeWireObjects(const PipeWireObjects&) = delete;
  PipeWireObjects& operator=(const PipeWireObjects&) = delete;

  /// The server's version, such as "1.0.5".
  [[nodiscard]] std::string version() const;
  /// The node that plays applications' sound; empty: none, or there is no session manager.
  [[nodiscard]] std::string default_sink() const;
  /// The objects as they are now, in the order of their ids.
  [[nodiscard]] std::vector<PipeWireObject> list() const;
  /// Makes PipeWire destroy these objects, and waits until they are gone. Returns those that are still there.
  std::vector<std::uint32_t> remove(std::span<const std::uint32_t> ids);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::capture
