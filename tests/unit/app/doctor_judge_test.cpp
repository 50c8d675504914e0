#include "app/doctor/doctor_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Behind a router that can, with servers that answer.
NetworkFacts at_home() {
  NetworkFacts network;
  network.asked = true;
  network.nat = "one outer address for all";
  network.verdict = "friends can reach you directly";
  network.mapped_by = "PCP";
  network.mapped = "203.0.113.9:5000";
  network.mapping_leads_here = true;
  network.has_global_v6 = network.internet_sees_v6 = true;
  network.relays = {{"turns:relay.example:5349", 22.4}};
  return network;
}

/// A machine with a GNOME session on Wayland, where all is well.
DoctorFacts healthy() {
  DoctorFacts facts;
  facts.packages = PackageManager::kApt;
  facts.session = {"wayland-0", ":0", "wayland", "GNOME"};
  facts.portal = {{}, 5, 3, 7};
  facts.pipewire = {{}, "1.0.5", "WirePlumber", "alsa_output.pci"};
  facts.x11 = {{}, true};
  facts.gpu.gpus = {{"/dev/dri/renderD128", "iHD", "encodes H.264", true}};
  facts.encoders.video = {{"vah264enc", "vaapi", true, "iHD on /dev/dri/renderD128", ""},
                          {"nvh264enc", "nvenc", false, "no NVIDIA GPU", ""},
                          {"x264enc", "x264", true, "the processor", ""}};
  facts.encoders.audio = {{"avenc_aac", "", true, "the processor", ""}};
  facts.elements = {{}, "GStreamer 1.24.2", wanted_elements()};
  facts.players = {{}, true, true, "mpv 0.37.0", "VLC version 3.0.20", {"/usr/lib/vlc/plugins"}, true, true};
  facts.network = at_home();
  return facts;
}

DoctorFacts x11_session() {
  DoctorFacts facts = healthy();
  facts.session = {"", ":0", "x11", "XFCE"};
  return facts;
}

Check check_named(const DoctorFacts& facts, const std::string& name) {
  const auto checks = judge(facts);
  const auto found = std::ranges::find(checks, name, &Check::name);
  EXPECT_NE(found, checks.end()) << name;
  return found == checks.end() ? Check{} : *found;
}

bool has_check(const DoctorFacts& facts, const std::string& name) {
  return std::ranges::count(judge(facts), name, &Check::name) > 0;
}

DoctorResult result(const DoctorFacts& facts) {
  return sum_up(judge(facts));
}

void lack_element(DoctorFacts& facts, const char* name) {
  std::erase(facts.elements.present, name);
}

constexpr std::array<PackageManager, 5> kManagers{PackageManager::kApt, PackageManager::kDnf,
                                                  PackageManager::kPacman, PackageManager::kZypper,
                                                  PackageManager::kUnknown};

TEST(DoctorTest, a_healthy_machine_is_ready_for_both) {
  for (const DoctorFacts& facts : {healthy(), x11_session()}) {
    const auto sum = result(facts);
    EXPECT_THAT(sum.host_lacks, IsEmpty());
    EXPECT_THAT(sum.view_lacks, IsEmpty());
    EXPECT_EQ(sum.missing, 0U);
    for (const Check& check : judge(facts)) {
      EXPECT_FALSE(check.found.empty()) << check.name;
      EXPECT_TRUE(check.means.empty()) << check.name;
    }
  }
}

TEST(DoctorTest, says_what_it_has_found) {
  const DoctorFacts facts = healthy();
  EXPECT_EQ(check_named(facts, "session").found, "Wayland (wayland-0), GNOME");
  EXPECT_EQ(check_named(facts, "portal").found,
            "ScreenCast 5, shares monitors, windows, pointer hidden, embedded, metadata");
  EXPECT_EQ(check_named(facts, "PipeWire").found, "answers, version 1.0.5");
  EXPECT_EQ(check_named(facts, "session manager").found, "WirePlumber");
  EXPECT_EQ(check_named(facts, "speakers").found, "alsa_output.pci");
  EXPECT_EQ(check_named(facts, "/dev/dri/renderD128").found, "iHD: encodes H.264");
  EXPECT_EQ(check_named(facts, "VLC").found, "VLC version 3.0.20");
}

TEST(DoctorTest, without_a_session_neither_works) {
  DoctorFacts facts = healthy();
  facts.session = {"", "", "tty", ""};
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("session"));
  EXPECT_THAT(result(facts).view_lacks, ElementsAre("session", "display"));
  EXPECT_THAT(check_named(facts, "display").means, HasSubstr("--record"));
}

TEST(DoctorTest, wayland_needs_the_bus_the_portal_and_pipewire) {
  DoctorFacts facts = healthy();
  facts.bus.failure = {"no bus", "log in"};
  facts.portal.failure = {"no portal", "install xdg-desktop-portal"};
  facts.pipewire.failure = {"no PipeWire", ""};
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("session bus", "portal", "PipeWire"));
  EXPECT_THAT(result(facts).view_lacks, IsEmpty());
  EXPECT_EQ(check_named(facts, "portal").hint, "install xdg-desktop-portal");
  EXPECT_FALSE(has_check(facts, "session manager")) << "it cannot be known";
}

TEST(DoctorTest, x11_needs_none_of_them_but_the_x_server) {
  DoctorFacts facts = x11_session();
  facts.bus.failure = {"no bus", ""};
  facts.portal.failure = {"no portal", ""};
  facts.pipewire.failure = {"no PipeWire", ""};
  EXPECT_TRUE(result(facts).can_host());
  EXPECT_EQ(check_named(facts, "PipeWire").means, "no sound is shared");
  facts.x11.failure = {"it does not let us in", "set XAUTHORITY"};
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("X11"));
  EXPECT_EQ(check_named(facts, "X11").hint, "set XAUTHORITY");
}

TEST(DoctorTest, an_old_portal_asks_at_every_start) {
  DoctorFacts facts = healthy();
  facts.portal.version = 3;
  EXPECT_EQ(check_named(facts, "portal").status, CheckStatus::kWarning);
  EXPECT_THAT(check_named(facts, "portal").means, HasSubstr("every start"));
  EXPECT_TRUE(result(facts).can_host());
}

TEST(DoctorTest, x11_without_shared_memory_is_slow) {
  DoctorFacts facts = x11_session();
  facts.x11.shared_memory = false;
  EXPECT_THAT(check_named(facts, "X11").means, HasSubstr("slow"));
}

TEST(DoctorTest, sound_is_never_needed) {
  DoctorFacts facts = healthy();
  facts.pipewire.session_manager.clear();
  facts.pipewire.default_sink.clear();
  for (auto& encoder : facts.encoders.audio) encoder.usable = false;
  EXPECT_TRUE(result(facts).can_host());
  EXPECT_THAT(check_named(facts, "session manager").hint, HasSubstr("sudo apt install wireplumber"));
  EXPECT_EQ(check_named(facts, "AAC").means, "no sound is shared");
}

TEST(DoctorTest, one_h264_encoder_is_enough) {
  DoctorFacts facts = healthy();
  for (auto& encoder : facts.encoders.video) encoder.usable = false;
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("H.264"));
  facts.encoders.video.back().usable = true;
  EXPECT_TRUE(result(facts).can_host());
}

TEST(DoctorTest, an_encoder_that_makes_no_difference_is_no_problem) {
  const Check check = check_named(healthy(), "nvh264enc");
  EXPECT_EQ(check.status, CheckStatus::kWarning);
  EXPECT_EQ(check.found, "no NVIDIA GPU");
  EXPECT_TRUE(check.means.empty());
}

TEST(DoctorTest, a_gpu_that_could_encode_is_worth_its_hint) {
  DoctorFacts facts = healthy();
  facts.gpu.gpus = {{"/dev/dri/renderD128", "", "no working driver: none", false}};
  facts.encoders.video.front() = {"vah264enc", "vaapi", false, "no driver", "install its driver"};
  EXPECT_EQ(check_named(facts, "vah264enc").means, "the processor encodes instead");
  facts.gpu.gpus.clear();
  EXPECT_TRUE(check_named(facts, "vah264enc").means.empty()) << "no GPU, nothing to install";
}

TEST(DoctorTest, a_probe_without_an_answer_is_a_fact_too) {
  DoctorFacts facts = healthy();
  facts.gpu.failure.what = "asking for it crashed (Segmentation fault)";
  EXPECT_TRUE(result(facts).can_host());
  EXPECT_THAT(check_named(facts, "graphics driver").found, HasSubstr("crashed"));
  facts.encoders.failure.what = "no answer in time";
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("encoders"));
  facts = healthy();
  facts.elements.failure.what = "no answer in time";
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("GStreamer"));
  facts = healthy();
  facts.players.failure.what = "no answer in time";
  EXPECT_TRUE(result(facts).can_view());
  EXPECT_EQ(check_named(facts, "players").status, CheckStatus::kWarning);
}

TEST(DoctorTest, missing_elements_come_with_their_package_of_each_distribution) {
  const std::array<const char*, 5> commands{
      "sudo apt install gstreamer1.0-plugins-base", "sudo dnf install gstreamer1-plugins-base",
      "sudo pacman -S gst-plugins-base", "sudo zypper install gstreamer-plugins-base",
      "install gstreamer1.0-plugins-base"};
  for (std::size_t i = 0; i < kManagers.size(); ++i) {
    DoctorFacts facts = healthy();
    facts.packages = kManagers.at(i);
    lack_element(facts, "appsrc");
    EXPECT_EQ(check_named(facts, "appsrc").hint, commands.at(i));
    EXPECT_THAT(result(facts).host_lacks, ElementsAre("appsrc"));
  }
}

TEST(DoctorTest, every_element_is_named_where_it_is_missing_and_each_is_judged) {
  for (const std::string& element : wanted_elements()) {
    DoctorFacts facts = healthy();
    lack_element(facts, element.c_str());
    const auto checks = judge(facts);
    const auto said = std::ranges::count_if(checks, [&](const Check& check) {
      return check.found == "GStreamer has no " + element && !check.hint.empty() && !check.means.empty();
    });
    EXPECT_EQ(said, 1) << element;
  }
}

TEST(DoctorTest, without_a_player_the_stream_can_be_recorded_but_not_without_a_network) {
  DoctorFacts facts = healthy();
  facts.players.mpv = false;
  facts.session.wayland_display.clear();
  facts.session.x_display.clear();
  EXPECT_FALSE(result(facts).can_view());
  EXPECT_TRUE(result(facts).can_view_without_player);
  facts.network.socket.what = "no socket";
  EXPECT_FALSE(result(facts).can_view_without_player);
}

TEST(DoctorTest, one_player_is_enough) {
  DoctorFacts facts = healthy();
  facts.players.mpv = false;
  EXPECT_TRUE(result(facts).can_view());
  EXPECT_EQ(check_named(facts, "mpv").hint, "sudo apt install mpv");
  facts.players = {{}, true, false, "mpv 0.37.0", "", {}, false, false};
  EXPECT_TRUE(result(facts).can_view());
  facts.players.mpv = false;
  EXPECT_THAT(result(facts).view_lacks, ElementsAre("mpv"));
  EXPECT_TRUE(result(facts).can_host());
}

TEST(DoctorTest, vlcs_split_plugins_have_their_package_of_each_distribution) {
  const std::array<const char*, 5> commands{
      "sudo apt install vlc-plugin-base", "sudo dnf install vlc-plugins-base vlc-plugin-ffmpeg",
      "sudo pacman -S vlc-plugin-dvb vlc-plugin-ffmpeg", "sudo zypper install vlc-noX vlc-codecs",
      "install vlc-plugin-base"};
  for (std::size_t i = 0; i < kManagers.size(); ++i) {
    DoctorFacts facts = healthy();
    facts.packages = kManagers.at(i);
    facts.players.vlc_ts = facts.players.vlc_avcodec = false;
    const Check check = check_named(facts, "VLC's plugins");
    EXPECT_EQ(check.hint, commands.at(i));
    EXPECT_EQ(check.status, CheckStatus::kWarning) << "mpv is there";
    EXPECT_EQ(check.found, "VLC has no libts_plugin.so, libavcodec_plugin.so in /usr/lib/vlc/plugins");
  }
}

TEST(DoctorTest, vlc_alone_and_without_its_plugins_cannot_play) {
  DoctorFacts facts = healthy();
  facts.packages = PackageManager::kPacman;
  facts.players.mpv = facts.players.vlc_ts = false;
  EXPECT_EQ(check_named(facts, "VLC's plugins").hint, "sudo pacman -S vlc-plugin-dvb");
  EXPECT_THAT(result(facts).view_lacks, ElementsAre("mpv", "VLC's plugins"));
}

TEST(DoctorTest, vlc_from_a_sandbox_may_have_plugins_that_cannot_be_seen) {
  DoctorFacts facts = healthy();
  facts.players = {{}, false, true, "", "", {}, false, false};
  EXPECT_EQ(check_named(facts, "VLC's plugins").status, CheckStatus::kWarning);
  EXPECT_TRUE(result(facts).can_view());
}

TEST(DoctorTest, as_root_no_command_says_sudo) {
  DoctorFacts facts;
  facts.packages = PackageManager::kApt;
  facts.as_root = true;
  for (const Check& check : judge(facts)) EXPECT_THAT(check.hint, Not(HasSubstr("sudo"))) << check.name;
}

TEST(DoctorTest, without_udp_nothing_works) {
  DoctorFacts facts = healthy();
  facts.network.socket = {"Operation not permitted", "allow it"};
  EXPECT_THAT(result(facts).host_lacks, ElementsAre("UDP"));
  EXPECT_THAT(result(facts).view_lacks, ElementsAre("UDP"));
}

TEST(DoctorTest, a_network_without_troubles_is_well_in_all_its_parts) {
  DoctorFacts facts = healthy();
  for (const char* name : {"UDP", "NAT", "port mapping", "IPv6", "relay", "friends"})
    EXPECT_EQ(check_named(facts, name).status, CheckStatus::kOk) << name;
  EXPECT_EQ(check_named(facts, "port mapping").found, "PCP: 203.0.113.9:5000");
  EXPECT_EQ(check_named(facts, "relay").found, "turns:relay.example:5349 answers in 23 ms");
  EXPECT_EQ(check_named(facts, "friends").found, "friends can reach you directly");
}

TEST(DoctorTest, what_is_wrong_with_a_network_is_said_and_keeps_nobody_from_trying) {
  DoctorFacts facts = healthy();
  facts.network.udp_blocked = true;
  facts.network.mapping_leads_here = false;
  facts.network.internet_sees_v6 = false;
  facts.network.relays = {{"turn:relay.example:3478", 0}};
  facts.network.verdict = "friends will be asked to send a code back";
  facts.network.verdict_hint = "a relay would help";
  for (const char* name : {"UDP", "port mapping", "IPv6", "relay", "friends"})
    EXPECT_EQ(check_named(facts, name).status, CheckStatus::kWarning) << name;
  EXPECT_THAT(check_named(facts, "UDP").means, HasSubstr("UDP is blocked"));
  EXPECT_THAT(check_named(facts, "port mapping").means, HasSubstr("second NAT"));
  EXPECT_THAT(check_named(facts, "relay").found, HasSubstr("does not answer"));
  EXPECT_EQ(check_named(facts, "friends").means, "a relay would help");
  EXPECT_TRUE(result(facts).can_host());
  EXPECT_TRUE(result(facts).can_view());
}

TEST(DoctorTest, a_router_that_opens_no_port_makes_no_difference_by_itself) {
  DoctorFacts facts = healthy();
  facts.network.mapped_by.clear();
  facts.network.mapping_complaint = "PCP: no answer";
  EXPECT_EQ(check_named(facts, "port mapping").found, "PCP: no answer");
  EXPECT_EQ(check_named(facts, "port mapping").means, "");
}

TEST(DoctorTest, what_was_not_asked_is_named) {
  DoctorFacts facts = healthy();
  facts.network = NetworkFacts{};
  for (const char* name : {"NAT", "port mapping"})
    EXPECT_EQ(check_named(facts, name).found, "not asked (--stun none)") << name;
}

TEST(DoctorTest, a_network_that_nobody_could_find_out_about_is_no_missing_socket) {
  DoctorFacts facts = healthy();
  facts.network.failure.what = "no answer in time";
  EXPECT_EQ(check_named(facts, "UDP").status, CheckStatus::kWarning);
  EXPECT_TRUE(result(facts).can_host());
}

TEST(DoctorTest, whatever_is_missing_says_what_it_means) {
  DoctorFacts nothing;
  nothing.session.type = "wayland";
  nothing.bus.failure.what = nothing.portal.failure.what = nothing.pipewire.failure.what = "nothing";
  for (const Check& check : judge(nothing))
    EXPECT_TRUE(check.status != CheckStatus::kMissing || !check.means.empty()) << check.name;
}

}  // namespace
}  // namespace pixelpass::app
