#pragma once

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/encode/encoder_report.hpp"

#include <boost/describe/class.hpp>

#include <string>
#include <vector>

namespace pixelpass::app {

/// The facts about this machine, not judged yet. Made by gather_facts(), or made up by tests.

/// Why something is not available; `what` is empty when it is.
struct Failure {
  std::string what;
  std::string hint;
};

struct SessionFacts {
  std::string wayland_display;
  std::string x_display;
  std::string type;              ///< XDG_SESSION_TYPE
  std::string desktop;           ///< XDG_CURRENT_DESKTOP
  bool wayland_answers = false;  ///< something listens on the socket

  [[nodiscard]] bool wayland() const { return !wayland_display.empty() || type == "wayland"; }
  [[nodiscard]] bool x11() const { return !x_display.empty(); }
};

struct BusFacts {
  Failure failure;
};

/// org.freedesktop.portal.ScreenCast.
struct PortalFacts {
  Failure failure;
  unsigned version = 0;
  unsigned source_types = 0;  ///< bits: 1 monitor, 2 window, 4 virtual
  unsigned cursor_modes = 0;  ///< bits: 1 hidden, 2 embedded, 4 metadata
};

struct PipeWireFacts {
  Failure failure;
  std::string version;
  std::string session_manager;  ///< its client's name; empty: none
  std::string default_sink;     ///< empty: none
};

struct X11Facts {
  Failure failure;
  bool shared_memory = false;
};

struct Gpu {
  std::string path;
  std::string driver;  ///< as it calls itself; empty: none that works
  std::string what;    ///< how it encodes H.264, or why it does not
  bool encodes = false;
};

struct GpuFacts {
  Failure failure;
  std::vector<Gpu> gpus;
};

struct EncoderFactsFound {
  Failure failure;
  std::vector<encode::EncoderReport> video;
  std::vector<encode::EncoderReport> audio;
};

struct ElementFacts {
  Failure failure;
  std::string version;  ///< GStreamer's
  std::vector<std::string> present;
};

struct PlayerFacts {
  Failure failure;
  bool mpv = false;
  bool vlc = false;
  std::string mpv_version;  ///< first words of what it says; empty: it would not say
  std::string vlc_version;
  std::vector<std::string> vlc_folders;  ///< VLC's plugin folders that there are
  bool vlc_ts = false;                   ///< libts_plugin.so is in one of them
  bool vlc_avcodec = false;              ///< libavcodec_plugin.so is
};

struct RelayFacts {
  std::string server;        ///< without its credentials
  double round_trip_ms = 0;  ///< 0: it does not answer
};

struct NetworkFacts {
  Failure failure;           ///< of finding out what is below
  Failure socket;            ///< of binding a UDP socket
  bool asked = false;        ///< STUN servers and the router: not with --stun none
  bool udp_blocked = false;  ///< those that were asked do not answer
  std::string nat;           ///< the kind, in words
  std::string verdict;       ///< how friends get here
  std::string verdict_hint;  ///< what would help; empty: nothing has to
  std::string mapped_by;     ///< "PCP", …; empty: the router opens no port
  std::string mapped;        ///< the port's address
  bool mapping_leads_here = false;
  std::string mapping_complaint;  ///< why the router opens none; empty: it has not said
  bool has_global_v6 = false;
  bool internet_sees_v6 = false;
  std::vector<RelayFacts> relays;
};

struct DoctorFacts {
  PackageManager packages = PackageManager::kUnknown;
  bool as_root = false;
  SessionFacts session;
  BusFacts bus;
  PortalFacts portal;
  PipeWireFacts pipewire;
  X11Facts x11;
  GpuFacts gpu;
  EncoderFactsFound encoders;
  ElementFacts elements;
  PlayerFacts players;
  NetworkFacts network;
};

/// All GStreamer elements that are of use here.
std::vector<std::string> wanted_elements();

// A probe's answer comes from its own process as JSON.
BOOST_DESCRIBE_STRUCT(Failure, (), (what, hint))
BOOST_DESCRIBE_STRUCT(BusFacts, (), (failure))
BOOST_DESCRIBE_STRUCT(PortalFacts, (), (failure, version, source_types, cursor_modes))
BOOST_DESCRIBE_STRUCT(PipeWireFacts, (), (failure, version, session_manager, default_sink))
BOOST_DESCRIBE_STRUCT(X11Facts, (), (failure, shared_memory))
BOOST_DESCRIBE_STRUCT(Gpu, (), (path, driver, what, encodes))
BOOST_DESCRIBE_STRUCT(GpuFacts, (), (failure, gpus))
BOOST_DESCRIBE_STRUCT(EncoderFactsFound, (), (failure, video, audio))
BOOST_DESCRIBE_STRUCT(ElementFacts, (), (failure, version, present))
BOOST_DESCRIBE_STRUCT(PlayerFacts, (),
                      (failure, mpv, vlc, mpv_version, vlc_version, vlc_folders, vlc_ts, vlc_avcodec))
BOOST_DESCRIBE_STRUCT(RelayFacts, (), (server, round_trip_ms))
BOOST_DESCRIBE_STRUCT(NetworkFacts, (),
                      (failure, socket, asked, udp_blocked, nat, verdict, verdict_hint, mapped_by, mapped,
                       mapping_leads_here, mapping_complaint, has_global_v6, internet_sees_v6, relays))

}  // namespace pixelpass::app

namespace pixelpass::encode {
BOOST_DESCRIBE_STRUCT(EncoderReport, (), (name, option, usable, why, hint))
}  // namespace pixelpass::encode
