#pragma once

#include "pixelpass/app/events.hpp"

#include <algorithm>
#include <cstddef>
#include <variant>
#include <vector>

namespace pixelpass::app {

/// Keeps what was told, in its order.
class EventReader final : public EventSink {
 public:
  void on(const Event& event) override { read.push_back(event); }
  /// The newest of this kind; null: none.
  template <class T>
  [[nodiscard]] const T* last() const {
    for (auto event = read.rbegin(); event != read.rend(); ++event)
      if (const auto* one = std::get_if<T>(&*event)) return one;
    return nullptr;
  }
  template <class T>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(read, [](const auto& event) { return std::holds_alternative<T>(event); }));
  }
  std::vector<Event> read;
};

}  // namespace pixelpass::app
