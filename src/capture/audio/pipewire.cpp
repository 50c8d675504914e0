#include "pixelpass/capture/audio/pipewire.hpp"

#include <spa/utils/json.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace pixelpass::capture {

void start_pipewire() {
  pw_init(nullptr, nullptr);
  if (std::getenv("PIPEWIRE_DEBUG") == nullptr) pw_log_set_level(SPA_LOG_LEVEL_NONE);
}

std::string name_in_metadata(const char* json) {
  if (json == nullptr) return {};
  std::array<spa_json, 2> at{};
  spa_json_init(at.data(), json, std::strlen(json));
  if (spa_json_enter_object(at.data(), &at[1]) <= 0) return {};
  // As long as the longest string that can be in it.
  std::vector<char> text(std::strlen(json) + 1);
  const int size = static_cast<int>(text.size());
  while (spa_json_get_string(&at[1], text.data(), size) > 0) {
    const bool is_name = std::strcmp(text.data(), "name") == 0;
    if (is_name) return spa_json_get_string(&at[1], text.data(), size) > 0 ? text.data() : "";
    const char* skipped = nullptr;
    if (spa_json_next(&at[1], &skipped) <= 0) break;
  }
  return {};
}

}  // namespace pixelpass::capture
