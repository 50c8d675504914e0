#include "capture/audio/app_names.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace pixelpass::capture {
namespace {

/// Names that also count as a part of a longer name. The two voice engines are how programs with the WebRTC
/// library (Discord) and Zoom name their streams.
constexpr std::array<std::string_view, 62> kDistinctNames{
    "64gram",
    "armcord",
    "baresip",
    "bluejeans",
    "ciscocollabhost",
    "discord",
    "discordapp",
    "discordcanary",
    "discordptb",
    "ekiga",
    "element-desktop",
    "equibop",
    "ferdium",
    "gajim",
    "goofcord",
    "guilded",
    "jami",
    "jitsi",
    "kotatogram",
    "legcord",
    "linphone",
    "mattermost",
    "microsip",
    "microsoft teams",
    "ms-teams",
    "msteams",
    "mumble",
    "nextcloud talk",
    "nheko",
    "qtox",
    "rambox",
    "revolt-desktop",
    "ringcentral",
    "rocketchat",
    "schildichat",
    "session-desktop",
    "signal-desktop",
    "skype",
    "skypeforlinux",
    "slack-desktop",
    "teams-for-linux",
    "teamspeak",
    "teamspeak3",
    "telegram",
    "telegramdesktop",
    "threema",
    "ts3client",
    "ts5client",
    "twinkle",
    "utox",
    "vesktop",
    "viber",
    "webcord",
    "webex",
    "webrtc voiceengine",
    "wechat",
    "whatsapp",
    "whatsdesk",
    "wire-desktop",
    "zapzap",
    "zoiper",
    "zoom voiceengine",
};

/// Names that count only as the whole name.
constexpr std::array<std::string_view, 22> kEverydayNames{
    "bria",
    "com.rtosta.zapzap",
    "com.slack.slack",
    "dialpad",
    "dino",
    "element",
    "im.dino.dino",
    "im.riot.riot",
    "keybase",
    "org.signal.signal",
    "qq",
    "revolt",
    "session",
    "signal",
    "slack",
    "teams",
    "us.zoom.zoom",
    "wire",
    "zoom",
    "zoom.real",
    "zulip",
    "com.wire.wiredesktop",
};

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

constexpr bool belongs_to_a_word(char letter) {
  const char small = lower(letter);
  return (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9') ||
         static_cast<unsigned char>(letter) >= 0x80;
}

bool equal_whatever_case(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, lower, lower);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char letter : text) {
    const bool was_inside = inside;
    inside = belongs_to_a_word(letter);
    if (!inside) continue;
    if (!was_inside) words.emplace_back();
    words.back() += lower(letter);
  }
  return words;
}

}  // namespace

bool stands_for(std::string_view name, std::string_view candidate) {
  if (name.empty()) return false;
  if (equal_whatever_case(name, candidate)) return true;
  const auto sought = words_of(name);
  const auto words = words_of(candidate);
  return !sought.empty() &&
         std::search(words.begin(), words.end(), sought.begin(), sought.end()) != words.end();
}

bool is_communication_app(std::span<const std::string> names) {
  return std::ranges::any_of(names, [](const std::string& name) {
    return std::ranges::any_of(kDistinctNames, [&](auto known) { return stands_for(known, name); }) ||
           std::ranges::any_of(kEverydayNames, [&](auto known) { return equal_whatever_case(known, name); });
  });
}

}  // namespace pixelpass::capture
