#include "pixelpass/encode/va_probe.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <va/va.h>
#include <va/va_drm.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace pixelpass::encode {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRenderNode = "renderD";

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

void ignore(void* /*context*/, const char* /*message*/) {}

/// libva's handle of one node: initialised or not, vaTerminate() frees it.
class Display {
 public:
  explicit Display(VADisplay display) : display_(display) {
    if (display_ == nullptr) return;
    vaSetErrorCallback(display_, ignore, nullptr);
    vaSetInfoCallback(display_, ignore, nullptr);
  }
  ~Display() {
    if (display_ != nullptr) vaTerminate(display_);
  }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  [[nodiscard]] VADisplay get() const { return display_; }

 private:
  VADisplay display_;
};

struct Profile {
  VAProfile profile;
  std::string_view name;
};
constexpr std::array<Profile, 3> kProfiles{{{VAProfileH264ConstrainedBaseline, "constrained-baseline"},
                                            {VAProfileH264Main, "main"},
                                            {VAProfileH264High, "high"}}};

/// The result of a libva query: asked first for the room that it may need, then for the entries that it
/// filled.
template <class T>
std::vector<T> query(int room, auto ask) {
  std::vector<T> items(static_cast<std::size_t>(std::max(room, 0)));
  int filled = 0;
  if (ask(items.data(), &filled) != VA_STATUS_SUCCESS) filled = 0;
  items.resize(static_cast<std::size_t>(std::clamp(filled, 0, std::max(room, 0))));
  return items;
}

std::vector<VAProfile> profiles_of(VADisplay display) {
  return query<VAProfile>(vaMaxNumProfiles(display), [&](VAProfile* list, int* count) {
    return vaQueryConfigProfiles(display, list, count);
  });
}

std::vector<VAEntrypoint> entrypoints_of(VADisplay display, VAProfile profile) {
  return query<VAEntrypoint>(vaMaxNumEntrypoints(display), [&](VAEntrypoint* list, int* count) {
    return vaQueryConfigEntrypoints(display, profile, list, count);
  });
}

bool holds_rate(VADisplay display, VAProfile profile, VAEntrypoint entrypoint) {
  VAConfigAttrib attribute{VAConfigAttribRateControl, VA_ATTRIB_NOT_SUPPORTED};
  if (vaGetConfigAttributes(display, profile, entrypoint, &attribute, 1) != VA_STATUS_SUCCESS) return false;
  return attribute.value != VA_ATTRIB_NOT_SUPPORTED && (attribute.value & VA_RC_CBR) != 0;
}

void add(VaMode& mode, VADisplay display, const Profile& profile, VAEntrypoint entrypoint) {
  mode.there = true;
  mode.constant_rate = mode.constant_rate || holds_rate(display, profile.profile, entrypoint);
  mode.profiles.emplace_back(profile.name);
}

void ask_modes(VaNode& node, VADisplay display) {
  const auto offered = profiles_of(display);
  for (const Profile& profile : kProfiles) {
    if (std::ranges::find(offered, profile.profile) == offered.end()) continue;
    for (const VAEntrypoint entrypoint : entrypoints_of(display, profile.profile)) {
      if (entrypoint == VAEntrypointEncSlice) add(node.full, display, profile, entrypoint);
      if (entrypoint == VAEntrypointEncSliceLP) add(node.low_power, display, profile, entrypoint);
    }
  }
  node.state = node.full.there || node.low_power.there ? VaState::kEncodes : VaState::kNoH264;
}

void ask_driver(VaNode& node, const Display& display) {
  if (display.get() == nullptr) {
    node.detail = "it is not a GPU's";
    return;
  }
  int major = 0;
  int minor = 0;
  const VAStatus status = vaInitialize(display.get(), &major, &minor);
  if (status != VA_STATUS_SUCCESS) {
    node.state = VaState::kNoDriver;
    node.detail = vaErrorStr(status);
    return;
  }
  const char* vendor = vaQueryVendorString(display.get());
  node.driver = vendor != nullptr ? vendor : "unnamed driver";
  ask_modes(node, display.get());
}

/// The GPU's maker by sysfs, which needs no permission: known also for a node that cannot be opened.
GpuMaker maker_of(const fs::path& sysfs, const std::string& name) {
  std::ifstream file(sysfs / name / "device" / "vendor");
  std::string id;
  file >> id;
  if (id == "0x8086") return GpuMaker::kIntel;
  if (id == "0x1002") return GpuMaker::kAmd;
  if (id == "0x10de") return GpuMaker::kNvidia;
  return GpuMaker::kUnknown;
}

VaNode ask_node(const fs::path& path, const VaPlaces& places) {
  VaNode node;
  node.path = path.string();
  node.maker = maker_of(places.sysfs, path.filename().string());
  const File file(node.path);
  if (file.fd() < 0) {
    const int reason = errno;
    node.state = reason == EACCES || reason == EPERM ? VaState::kNoPermission : VaState::kCannotOpen;
    node.detail = std::generic_category().message(reason);
    return node;
  }
  ask_driver(node,
             Display(places.open_display ? places.open_display(file.fd()) : vaGetDisplayDRM(file.fd())));
  return node;
}

/// "/dev/dri/renderD128", "/dev/dri/renderD129", ….
std::vector<fs::path> render_nodes(const fs::path& devices) {
  std::vector<fs::path> nodes;
  std::error_code error;
  for (fs::directory_iterator entry(devices, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with(kRenderNode)) nodes.push_back(entry->path());
  const auto number = [](const fs::path& path) {
    const std::string name = path.filename().string();
    return std::pair(name.size(), name);
  };
  std::ranges::sort(nodes, {}, number);
  return nodes;
}

}  // namespace

VaReport probe_va(const VaPlaces& places) {
  static_assert(std::is_same_v<VADisplay, void*>);
  VaReport report;
  for (const fs::path& path : render_nodes(places.devices)) report.nodes.push_back(ask_node(path, places));
  return report;
}

}  // namespace pixelpass::encode
