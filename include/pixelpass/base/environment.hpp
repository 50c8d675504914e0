#pragma once

#include <cstdlib>
#include <string_view>

namespace pixelpass {

/// A variable of ours; empty when it is not set. Valid until somebody changes the environment: nobody does.
inline std::string_view environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : std::string_view{};
}

}  // namespace pixelpass
