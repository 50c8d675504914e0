#include "capture/audio/app_names.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace pixelpass::capture {
namespace {

TEST(AppNames, ANameStandsForWholeWordsWhateverTheirCase) {
  for (const char* candidate :
       {"Firefox", "firefox", "FIREFOX", "Firefox Web Browser", "firefox-bin", "org.mozilla.firefox"})
    EXPECT_TRUE(stands_for("firefox", candidate)) << candidate;
  EXPECT_TRUE(stands_for("Web browser", "Firefox Web Browser"));
  EXPECT_TRUE(stands_for("mpv", "ALSA plug-in [mpv]"));
  EXPECT_TRUE(stands_for("ZOË", "ZOË radio")) << "bytes beyond ASCII are letters";
}

TEST(AppNames, ANameDoesNotStandForPartsOfWordsNorForWordsInAnotherOrder) {
  for (const char* candidate : {"firefoxy", "fire fox", "waterfirefox", "", "Chromium"})
    EXPECT_FALSE(stands_for("firefox", candidate)) << candidate;
  EXPECT_FALSE(stands_for("browser web", "Firefox Web Browser"));
  EXPECT_FALSE(stands_for("firefox web browser", "Firefox"));
  EXPECT_FALSE(stands_for("zo", "zoë"));
}

TEST(AppNames, AnEmptyNameStandsForNothing) {
  EXPECT_FALSE(stands_for("", ""));
  EXPECT_FALSE(stands_for("", "Firefox"));
  EXPECT_FALSE(stands_for("--", "Firefox - Web"));
}

TEST(AppNames, ANameOfSignsAloneStandsForItself) {
  EXPECT_TRUE(stands_for("++", "++"));
}

TEST(AppNames, ProgramsForCallsAreKnownByAnyOfTheirNames) {
  for (const char* name : {"Discord",
                           "discord",
                           "DiscordCanary",
                           "com.discordapp.Discord",
                           "WEBRTC VoiceEngine",
                           "vesktop",
                           "dev.vencord.Vesktop",
                           "WebCord",
                           "teams-for-linux",
                           "Microsoft Teams",
                           "Microsoft Teams - Preview",
                           "ZOOM VoiceEngine",
                           "zoom",
                           "us.zoom.Zoom",
                           "skypeforlinux",
                           "Skype",
                           "slack",
                           "Slack",
                           "com.slack.Slack",
                           "Signal",
                           "signal-desktop",
                           "org.signal.Signal",
                           "TelegramDesktop",
                           "telegram-desktop",
                           "Telegram Desktop",
                           "Element",
                           "element-desktop",
                           "element-desktop-nightly",
                           "Mumble",
                           "mumble",
                           "TeamSpeak 3",
                           "ts3client_linux_amd64",
                           "Jitsi Meet",
                           "linphone",
                           "Ekiga"}) {
    const std::array names{std::string("something"), std::string(name)};
    EXPECT_TRUE(is_communication_app(names)) << name;
  }
}

TEST(AppNames, OtherProgramsAreNotTakenForCalls) {
  for (const char* name : {"Firefox", "Chromium", "mpv", "VLC media player", "Spotify", "Zoom Player",
                           "Signal Generator", "Element 3D", "Slackware", "wireplumber", "Session Manager",
                           "Discordance", "Steam", "Telegraph", "qqmusic", ""}) {
    const std::array names{std::string(name)};
    EXPECT_FALSE(is_communication_app(names)) << name;
  }
}

}  // namespace
}  // namespace pixelpass::capture
