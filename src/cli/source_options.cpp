#include "cli/source_options.hpp"

#include "cli/option_kinds.hpp"
#include "cli/quantities.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

constexpr const char* kSizes = "WIDTHxHEIGHT in even pixels from 64 to 8192, such as 1280x720";

/// The figures behind a word of --quality: 720p30 at 1.5 Mbit/s, the defaults, and 60 pictures a second at 12
/// and at 30 Mbit/s.
struct Quality {
  std::int64_t bitrate_bps = 0;
  int fps = 0;
  std::optional<Size> size;
};

const std::map<std::string, Quality>& qualities() {
  static const std::map<std::string, Quality> kQualities{{"low", {1'500'000, 30, Size{1280, 720}}},
                                                         {"medium", {6'000'000, 30, std::nullopt}},
                                                         {"high", {12'000'000, 60, std::nullopt}},
                                                         {"ultra", {30'000'000, 60, std::nullopt}}};
  return kQualities;
}

void add_quality(CLI::App& command, app::PictureOptions& picture) {
  const auto apply = [&picture](const std::string& text) {
    const auto found = qualities().find(text);
    if (found == qualities().end()) throw WrongWord("--quality", text, {"low", "medium", "high", "ultra"});
    picture.bitrate_bps = found->second.bitrate_bps;
    picture.is_bitrate_fixed = false;
    picture.fps = found->second.fps;
    picture.size = found->second.size;
  };
  command
      .add_option_function<std::string>("--quality", apply,
                                        "low, medium, high or ultra; figures win [medium]")
      ->type_name("WORD");
}

/// Adds only the kind of sound: a test picture has no applications to choose from.
void add_audio(CLI::App& command, app::AudioKind& kind) {
  using app::AudioKind;
  add_choice<AudioKind>(command, "--audio", "auto (all but calls), none, monitor (all), mic [auto]", kind,
                        {{"auto", AudioKind::kAuto},
                         {"none", AudioKind::kNone},
                         {"monitor", AudioKind::kMonitor},
                         {"mic", AudioKind::kMic}});
}

}  // namespace

std::optional<std::string> quality_figure(const std::string& quality, const std::string& option) {
  constexpr std::int64_t kKilo = 1000;
  const auto found = qualities().find(quality);
  if (found == qualities().end()) return std::nullopt;
  const auto& [bitrate_bps, fps, size] = found->second;
  if (option == "bitrate") return std::to_string(bitrate_bps / kKilo) + "k";
  if (option == "fps") return std::to_string(fps);
  if (option == "size" && size) return std::to_string(size->width) + "x" + std::to_string(size->height);
  return std::nullopt;
}

void add_source(CLI::App& command, app::SourceKind& source) {
  using app::SourceKind;
  add_choice<SourceKind>(command, "--source",
                         "auto, portal, x11, test (a generated picture) or - (MPEG-TS from standard input) "
                         "[auto]",
                         source,
                         {{"auto", SourceKind::kAuto},
                          {"portal", SourceKind::kPortal},
                          {"x11", SourceKind::kX11},
                          {"test", SourceKind::kTest},
                          {"-", SourceKind::kStdin}});
}

void add_screen_options(CLI::App& command, app::ScreenOptions& screen) {
  const auto optional_text = [&command](const std::string& name, std::optional<std::string>& into,
                                        const std::string& type, const std::string& help) {
    command
        .add_option_function<std::vector<std::string>>(
            name,
            [&into](const std::vector<std::string>& values) {
              into = values.empty() ? std::string() : values.front();
            },
            help)
        ->expected(0, 1)
        ->allow_extra_args(false)
        ->type_name(type);
  };
  optional_text("--monitor", screen.monitor, "[NAME|N]",
                "One monitor: X11 by name or number; portal: choose one");
  optional_text("--window", screen.window, "[XID]", "One window: X11 by id or a click; portal: choose one");
  add_parsed(command, "--virtual", "WxH", kSizes,
             "A new monitor of this size, with nothing of yours (Wayland)",
             [&screen](const std::string& text) {
               screen.virtual_size = parse_size(text);
               return screen.virtual_size.has_value();
             });
}

/// CLI11 processes these in order: a named figure takes precedence over the one implied by --quality.
void add_picture_options(CLI::App& command, app::PictureOptions& picture) {
  add_quality(command, picture);
  add_parsed(command, "--size", "WxH", kSizes, "Scale to fit into this, in proportion [as it is]",
             [&picture](const std::string& text) {
               const auto size = parse_size(text);
               if (size) picture.size = size;
               return size.has_value();
             });
  add_parsed(command, "--fps", "N", "a number from 1 to 240", "Pictures a second [30]",
             [&picture](const std::string& text) {
               const auto fps = parse_fps(text);
               if (fps) picture.fps = *fps;
               return fps.has_value();
             });
  add_parsed(command, "--bitrate", "RATE", kBitrates, "Most bits a second; fixed:RATE follows no line [6M]",
             [&picture](const std::string& text) {
               const auto asked = parse_asked_bitrate(text);
               if (asked) picture.bitrate_bps = asked->bits_per_second;
               if (asked) picture.is_bitrate_fixed = asked->is_fixed;
               return asked.has_value();
             });
  add_choice(command, "--for", "auto, text (sharp), video or game (smooth) [auto]", picture.use,
             {{"auto", app::PictureUse::kAuto},
              {"text", app::PictureUse::kText},
              {"video", app::PictureUse::kMotion},
              {"game", app::PictureUse::kMotion}});
  const std::array<std::string, 5> encoders{"auto", "vaapi", "nvenc", "x264", "openh264"};
  std::map<std::string, std::string> choices;
  for (const auto& name : encoders) choices[name] = name;
  add_choice(command, "--encoder", "auto, vaapi, nvenc, x264 or openh264 [auto]", picture.encoder, choices);
}

void add_audio_options(CLI::App& command, app::AudioOptions& audio) {
  add_audio(command, audio.kind);
  const auto names = [&command](const std::string& name, std::vector<std::string>& into,
                                const std::string& help) {
    // Without extra arguments CLI11 does not parse "[a,b]" as a list: it is a name like any other.
    command.add_option(name, into, help + "; repeatable")
        ->type_name("NAME")
        ->expected(1)
        ->allow_extra_args(false)
        ->take_all();
  };
  names("--app", audio.only_apps, "Only this application's sound");
  names("--exclude-app", audio.excluded_apps, "Leave this application's sound out");
  names("--call-app", audio.call_apps, "One more application that makes calls, which are left out");
}

}  // namespace pixelpass::cli
