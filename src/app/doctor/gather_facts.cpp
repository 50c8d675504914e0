#include "app/doctor/gather_facts.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/base/environment.hpp"
#include "pixelpass/capture/audio/pipewire_objects.hpp"
#include "pixelpass/capture/portal/portal_features.hpp"
#include "pixelpass/capture/x11/x11_features.hpp"
#include "pixelpass/gst/gst.hpp"

#include "app/doctor/explore_network.hpp"
#include "app/doctor/isolated.hpp"
#include "app/doctor/preflight.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <gio/gio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace pixelpass::app {
namespace {

Failure failure_of(const Error& error) {
  return {error.what, error.hint};
}

SessionFacts ask_session() {
  return {std::string(environment("WAYLAND_DISPLAY")), std::string(environment("DISPLAY")),
          std::string(environment("XDG_SESSION_TYPE")), std::string(environment("XDG_CURRENT_DESKTOP"))};
}

PortalFacts ask_portal() {
  const auto features = capture::ask_portal({});
  if (features.has_error()) return {failure_of(features.error())};
  return {{}, features->version, features->source_types, features->cursor_modes};
}

/// Both session managers are in use: WirePlumber, and its predecessor.
bool manages_sessions(const std::string& client) {
  return client == "WirePlumber" || client == "pipewire-media-session";
}

PipeWireFacts ask_pipewire() {
  try {
    const capture::PipeWireObjects pipewire(kAnswerLimit);
    PipeWireFacts facts{{}, pipewire.version(), {}, clean_text(pipewire.default_sink())};
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

PlayerFacts ask_players() {
  PlayerFacts facts = players_here();
  if (facts.mpv) facts.mpv_version = version_of("mpv --version");
  if (facts.vlc) facts.vlc_version = version_of("vlc --version");
  return facts;
}

BusFacts ask_bus() {
  GError* error = nullptr;
  GDBusConnection* bus = g_bus_get_sync(G_BUS_TYPE_SESSION, nullptr, &error);
  const gst::Owned<GError> owned(error);
  if (bus == nullptr) return {{error->message, "start pixelpass in a terminal of your desktop session"}};
  g_object_unref(bus);
  return {};
}

/// Parses facts. Their texts (a display's name, a library's error) may be invalid UTF-8; they are cleaned
/// where they are shown.
boost::json::value parse_facts(const std::string& text) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;
  return boost::json::parse(text, {}, options);
}

/// A question asked in its own process, and the facts that it returns.
template <class Facts>
class Probe {
 public:
  explicit Probe(const std::function<Facts()>& ask)
      : asked_([&ask] { return boost::json::serialize(boost::json::value_from(ask())); }) {}

  Facts wait(Instant deadline) {
    const auto answer = asked_.wait(deadline);
    if (answer.failure.empty()) return boost::json::value_to<Facts>(parse_facts(answer.text));
    Facts facts;
    facts.failure.what = answer.failure;
    return facts;
  }

 private:
  Isolated asked_;
};

}  // namespace

std::string version_of(const std::string& command) {
  const std::string without_ticket = "unset PIXELPASS_TICKET; " + command;
  const std::unique_ptr<FILE, int (*)(FILE*)> said(popen(without_ticket.c_str(), "r"), pclose);
  std::array<char, 256> line{};
  if (!said || std::fgets(line.data(), line.size(), said.get()) == nullptr) return {};
  const std::string text(line.data());
  return text.substr(0, text.find_first_of(" \n", text.find_first_of("0123456789")));
}

DoctorFacts gather_facts(const DoctorOptions& options) {
  const Instant begin = Clock::now();
  Probe<NetworkFacts> network([&] { return explore_network(options); });
  Probe<GpuFacts> gpu(ask_gpu);
  Probe<EncoderFactsFound> encoders(ask_encoders);
  Probe<ElementFacts> elements(elements_here);
  Probe<PortalFacts> portal(ask_portal);
  Probe<PipeWireFacts> pipewire(ask_pipewire);
  Probe<BusFacts> bus(ask_bus);
  Probe<X11Facts> x11(ask_x11);
  Probe<PlayerFacts> players(ask_players);
  DoctorFacts facts;
  facts.packages = package_manager();
  facts.as_root = geteuid() == 0;
  facts.session = ask_session();
  facts.bus = bus.wait(begin + kAnswerLimit);
  facts.pipewire = pipewire.wait(begin + kAnswerLimit);
  facts.x11 = x11.wait(begin + kAnswerLimit);
  facts.portal = portal.wait(begin + kStartLimit);
  facts.gpu = gpu.wait(begin + kStartLimit);
  facts.players = players.wait(begin + kStartLimit);
  facts.network = network.wait(begin + kNetworkLimit);
  facts.elements = elements.wait(begin + kRegistryLimit);
  facts.encoders = encoders.wait(begin + kRegistryLimit);
  return facts;
}

}  // namespace pixelpass::app
