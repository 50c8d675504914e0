#pragma once

#include "pixelpass/capture/audio/routing.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace pixelpass::capture {

/// The property's value; empty: there is none.
inline const std::string& text_of(const Properties& properties, std::string_view key) {
  static const std::string kNone;
  const auto found = properties.find(key);
  return found == properties.end() ? kNone : found->second;
}

template <class Number>
std::optional<Number> number_of(const Properties& properties, std::string_view key) {
  const auto& text = text_of(properties, key);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace pixelpass::capture
