#include "pixelpass/cli/command_line.hpp"

#include <unistd.h>

#include <cstdlib>

namespace pixelpass::cli {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

/// By the XDG base directory specification an unset XDG_CONFIG_HOME means ~/.config, and so does one that
/// is no absolute path.
std::string config_file() {
  const auto xdg = variable("XDG_CONFIG_HOME");
  if (xdg && xdg->starts_with('/')) return *xdg + "/pixelpass/config.toml";
  if (const auto home = variable("HOME")) return *home + "/.config/pixelpass/config.toml";
  return {};
}

}  // namespace

Environment process_environment() {
  const bool output = isatty(STDOUT_FILENO) == 1;
  return {variable("PIXELPASS_TICKET"), config_file(), output && isatty(STDIN_FILENO) == 1, output};
}

}  // namespace pixelpass::cli
