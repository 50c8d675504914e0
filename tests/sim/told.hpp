#pragma once

#include <algorithm>
#include <cstddef>
#include <variant>

namespace pixelpass::sim {

/// How many of the events that were told, a range of variants, are of this type.
template <class T, class Events>
std::size_t count_of(const Events& events) {
  return static_cast<std::size_t>(
      std::ranges::count_if(events, [](const auto& e) { return std::holds_alternative<T>(e); }));
}

/// The last one of this type; null: none.
template <class T, class Events>
const T* last_of(const Events& events) {
  for (auto e = events.rbegin(); e != events.rend(); ++e)
    if (const auto* found = std::get_if<T>(&*e)) return found;
  return nullptr;
}

}  // namespace pixelpass::sim
