#pragma once

#include <cstdlib>
#include <string_view>

namespace pixelpass {

/// The value of an environment variable; empty when it is not set. Valid as long as nobody changes the
/// environment, which nobody does.
inline std::string_view environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : std::string_view{};
}

}  // namespace pixelpass
