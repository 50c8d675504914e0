#include "capture/portal/portal_backends.hpp"

#include "pixelpass/gst/glib.hpp"

#include <gio/gio.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace pixelpass::capture {
namespace {

namespace fs = std::filesystem;

constexpr auto kGroup = "portal";
constexpr std::string_view kSharesScreens = "org.freedesktop.impl.portal.ScreenCast";
/// The most bytes that are read of a file: real ones have a dozen lines.
constexpr std::uintmax_t kMostBytes = 65536;
constexpr int kMostFiles = 256;

struct FreeKeys {
  void operator()(GKeyFile* keys) const noexcept { g_key_file_free(keys); }
  void operator()(gchar** texts) const noexcept { g_strfreev(texts); }
};

bool shares_screens(GKeyFile* keys) {
  gsize count = 0;
  const std::unique_ptr<gchar*, FreeKeys> interfaces(
      g_key_file_get_string_list(keys, kGroup, "Interfaces", &count, nullptr));
  return interfaces && std::any_of(interfaces.get(), interfaces.get() + count,
                                   [](const gchar* name) { return name == kSharesScreens; });
}

/// The backend's bus name; nullopt: it does not share screens, or the file makes no sense.
std::optional<std::string> name_in(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > kMostBytes || error)
    return std::nullopt;
  const std::unique_ptr<GKeyFile, FreeKeys> keys(g_key_file_new());
  if (g_key_file_load_from_file(keys.get(), file.c_str(), G_KEY_FILE_NONE, nullptr) == FALSE ||
      !shares_screens(keys.get()))
    return std::nullopt;
  const gst::Owned<gchar> name(g_key_file_get_string(keys.get(), kGroup, "DBusName", nullptr));
  if (!name || g_dbus_is_name(name.get()) == FALSE) return std::nullopt;
  return name.get();
}

}  // namespace

std::vector<fs::path> portal_folders() {
  const char* only = std::getenv("XDG_DESKTOP_PORTAL_DIR");
  if (only != nullptr && *only != '\0') return {only};
  constexpr auto kBelow = "xdg-desktop-portal/portals";
  std::vector<fs::path> folders{fs::path(g_get_user_data_dir()) / kBelow};
  for (const gchar* const* folder = g_get_system_data_dirs(); *folder != nullptr; ++folder)
    folders.push_back(fs::path(*folder) / kBelow);
  return folders;
}

std::vector<std::string> screen_sharing_backends(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  int left = kMostFiles;
  for (const auto& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator file(folder, error), end; !error && file != end && left > 0;
         file.increment(error), --left)
      if (file->path().extension() == ".portal")
        if (auto name = name_in(file->path()); name && std::ranges::find(names, *name) == names.end())
          names.push_back(*std::move(name));
  }
  return names;
}

}  // namespace pixelpass::capture
