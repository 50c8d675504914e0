#include "pixelpass/app/gather_facts.hpp"

#include "pixelpass/app/isolated.hpp"
#include "pixelpass/capture/gst.hpp"
#include "pixelpass/capture/pipewire_objects.hpp"
#include "pixelpass/capture/portal_features.hpp"
#include "pixelpass/capture/x11_features.hpp"
#include "pixelpass/playback/player.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <gio/gio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using boost::asio::ip::udp;

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

Failure failure_of(const Error& error) {
  return {error.what, error.hint};
}

SessionFacts ask_session() {
  return {environment("WAYLAND_DISPLAY"), environment("DISPLAY"), environment("XDG_SESSION_TYPE"),
          environment("XDG_CURRENT_DESKTOP")};
}

PortalFacts ask_portal() {
  const auto features = capture::ask_portal({});
  if (features.has_error()) return {failure_of(features.error())};
  return {{}, features->version, features->source_types, features->cursor_modes};
}

/// Both are in use: WirePlumber, and the one before it.
bool manages_sessions(const std::string& client) {
  return client == "WirePlumber" || client == "pipewire-media-session";
}

PipeWireFacts ask_pipewire() {
  try {
    const capture::PipeWireObjects pipewire(kAnswerLimit);
    PipeWireFacts facts{{}, pipewire.version(), {}, pipewire.default_sink()};
    for (const auto& object : pipewire.list()) {
      const std::string name = object.property("application.name");
      if (object.kind == capture::PipeWireKind::kClient && manages_sessions(name))
        facts.session_manager = name;
    }
    return facts;
  } catch (const StartupError& error) {
    return {failure_of(error.error()), {}, {}, {}};
  }
}

X11Facts ask_x11() {
  const auto features = capture::find_x11();
  if (features.has_error()) return {failure_of(features.error())};
  return {{}, features->shared_memory};
}

std::string modes(const encode::VaNode& node) {
  if (node.full.there && node.low_power.there) return "encodes H.264, also in low-power mode";
  return node.full.there ? "encodes H.264" : "encodes H.264 in low-power mode";
}

Gpu gpu_of(const encode::VaNode& node) {
  using encode::VaState;
  switch (node.state) {
    case VaState::kNoPermission:
      return {node.path, {}, "may not be opened: " + node.detail, false};
    case VaState::kCannotOpen:
      return {node.path, {}, "cannot be opened: " + node.detail, false};
    case VaState::kNoDriver:
      return {node.path, {}, "no working driver: " + node.detail, false};
    case VaState::kNoH264:
      return {node.path, node.driver, "does not encode H.264", false};
    case VaState::kEncodes:
      break;
  }
  return {node.path, node.driver, modes(node), true};
}

GpuFacts ask_gpu() {
  GpuFacts facts;
  for (const auto& node : encode::probe_va().nodes) facts.gpus.push_back(gpu_of(node));
  return facts;
}

EncoderFactsFound ask_encoders() {
  try {
    return {{}, encode::report_video_encoders(), encode::report_audio_encoders()};
  } catch (const StartupError& error) {
    return {failure_of(error.error()), {}, {}};
  }
}

ElementFacts ask_elements() {
  try {
    capture::start_gstreamer();
  } catch (const StartupError& error) {
    return {failure_of(error.error()), {}, {}};
  }
  const capture::Owned<gchar> version(gst_version_string());
  ElementFacts facts{{}, version.get(), {}};
  for (const std::string& element : wanted_elements())
    if (capture::has_element(element)) facts.present.push_back(element);
  return facts;
}

/// The first line of what `command` says, up to the end of the number in it.
std::string version_of(const char* command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> said(popen(command, "r"), pclose);
  std::array<char, 256> line{};
  if (!said || std::fgets(line.data(), line.size(), said.get()) == nullptr) return {};
  const std::string text(line.data());
  return text.substr(0, text.find_first_of(" \n", text.find_first_of("0123456789")));
}

bool has_plugin(const std::vector<std::string>& folders, const char* folder, const char* file) {
  return std::ranges::any_of(folders, [&](const std::string& plugins) {
    std::error_code error;
    // In the distributions' packages below a folder for their kind, in $VLC_PLUGIN_PATH maybe not.
    return fs::exists(fs::path(plugins) / folder / file, error) ||
           fs::exists(fs::path(plugins) / file, error);
  });
}

PlayerFacts ask_players() {
  using playback::PlayerKind;
  PlayerFacts facts;
  facts.mpv = playback::find_player(PlayerKind::kMpv).has_value();
  facts.vlc = playback::find_player(PlayerKind::kVlc).has_value();
  if (facts.mpv) facts.mpv_version = version_of("mpv --version");
  if (!facts.vlc) return facts;
  facts.vlc_version = version_of("vlc --version");
  facts.vlc_folders = vlc_plugin_folders("/", environment("VLC_PLUGIN_PATH"));
  facts.vlc_ts = has_plugin(facts.vlc_folders, "demux", "libts_plugin.so");
  facts.vlc_avcodec = has_plugin(facts.vlc_folders, "codec", "libavcodec_plugin.so");
  return facts;
}

BusFacts ask_bus() {
  GError* error = nullptr;
  GDBusConnection* bus = g_bus_get_sync(G_BUS_TYPE_SESSION, nullptr, &error);
  const capture::Owned<GError> owned(error);
  if (bus == nullptr) return {{error->message, "start pixelpass in a terminal of your desktop session"}};
  g_object_unref(bus);
  return {};
}

NetworkFacts ask_network() {
  boost::asio::io_context io;
  udp::socket socket(io);
  boost::system::error_code error;
  socket.open(udp::v4(), error);
  if (!error) socket.bind(udp::endpoint(udp::v4(), 0), error);
  if (!error) return {};
  return {{error.message(), "allow this program to use the network (a sandbox, a container)"}};
}

/// One question in its own process, and the facts that it brings.
template <class Facts>
class Probe {
 public:
  explicit Probe(Facts (*ask)())
      : asked_([ask] { return boost::json::serialize(boost::json::value_from(ask())); }) {}

  Facts wait(Instant deadline) {
    const auto answer = asked_.wait(deadline);
    if (answer.failure.empty()) return boost::json::value_to<Facts>(boost::json::parse(answer.text));
    Facts facts;
    facts.failure.what = answer.failure;
    return facts;
  }

 private:
  Isolated asked_;
};

}  // namespace

std::vector<std::string> vlc_plugin_folders(const fs::path& root, const std::string& own) {
  std::vector<std::string> folders;
  std::error_code error;
  const auto add = [&](const fs::path& folder) {
    if (fs::is_directory(folder, error)) folders.push_back(folder);
  };
  if (!own.empty()) add(own);
  for (const char* lib : {"usr/lib", "usr/lib64", "usr/local/lib", "usr/local/lib64"})
    add(root / lib / "vlc/plugins");
  // Debian and Ubuntu: one more folder, of the architecture's name.
  for (const auto& entry : fs::directory_iterator(root / "usr/lib", error)) add(entry.path() / "vlc/plugins");
  std::ranges::sort(folders);
  return folders;
}

DoctorFacts gather_facts() {
  const Instant begin = Clock::now();
  Probe gpu(ask_gpu);
  Probe encoders(ask_encoders);
  Probe elements(ask_elements);
  Probe portal(ask_portal);
  Probe pipewire(ask_pipewire);
  Probe bus(ask_bus);
  Probe x11(ask_x11);
  Probe players(ask_players);
  DoctorFacts facts;
  facts.packages = package_manager();
  facts.as_root = geteuid() == 0;
  facts.session = ask_session();
  facts.network = ask_network();
  facts.bus = bus.wait(begin + kAnswerLimit);
  facts.pipewire = pipewire.wait(begin + kAnswerLimit);
  facts.x11 = x11.wait(begin + kAnswerLimit);
  facts.portal = portal.wait(begin + kStartLimit);
  facts.gpu = gpu.wait(begin + kStartLimit);
  facts.players = players.wait(begin + kStartLimit);
  facts.elements = elements.wait(begin + kRegistryLimit);
  facts.encoders = encoders.wait(begin + kRegistryLimit);
  return facts;
}

}  // namespace pixelpass::app
