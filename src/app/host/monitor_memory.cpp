#include "app/host/monitor_memory.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"

#include <filesystem>
#include <system_error>

namespace pixelpass::app {
namespace {

constexpr const char* kMonitorFile = "monitor";
constexpr off_t kMostBytes = 256;

/// Whether the text is a name of one line, fit to be shown to people.
bool can_be_name(const std::string& name) {
  return !name.empty() && name.size() < kMostBytes && clean_text(name) == name;
}

}  // namespace

std::optional<std::string> remembered_monitor() {
  const auto folder = capture::state_folder();
  auto name = folder ? read_own_file(*folder / kMonitorFile, kMostBytes) : std::nullopt;
  if (name && name->ends_with('\n')) name->pop_back();
  return name && can_be_name(*name) ? name : std::nullopt;
}

void remember_monitor(const std::string& name) {
  const auto folder = capture::state_folder();
  if (!folder || !can_be_name(name)) return;
  std::error_code ignored;
  std::filesystem::create_directories(folder->parent_path(), ignored);
  if (make_own_folder(*folder)) static_cast<void>(replace_own_file(*folder / kMonitorFile, name + "\n"));
}

}  // namespace pixelpass::app
