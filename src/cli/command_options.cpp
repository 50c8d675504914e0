#include "cli/command_options.hpp"

#include "pixelpass/playback/recording_format.hpp"

#include "cli/did_you_mean.hpp"
#include "cli/option_table.hpp"
#include "cli/quantities.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace pixelpass::cli {
namespace {

constexpr const char* kSizes = "WIDTHxHEIGHT in even pixels, such as 1280x720";
constexpr const char* kBitrates = "bits a second, such as 6M, 800k or fixed:6M";

/// The option's text, taken by `take`; where that returns false the user is told what is accepted.
CLI::Option* add_parsed(CLI::App& command, const std::string& name, const std::string& type,
                        const std::string& accepted, const std::string& help,
                        std::function<bool(const std::string&)> take) {
  const auto apply = [name, accepted, take = std::move(take)](const std::string& text) {
    if (!take(text)) throw CLI::ValidationError(name, "wants " + accepted + ", not \"" + text + "\"");
  };
  return command.add_option_function<std::string>(name, apply, help)->type_name(type);
}

/// Stores what a parser of quantities.hpp understood.
template <class T>
bool store(T& into, const auto& parsed) {
  if (parsed) into = *parsed;
  return parsed.has_value();
}

std::string no_choice(const std::string& text, const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  const std::string near = did_you_mean(text, words);
  return "wants one of " + all + ", not \"" + text + "\"" +
         (near.empty() ? "" : "; did you mean " + near + "?");
}

template <class T>
CLI::Option* add_choice(CLI::App& command, const std::string& name, const std::string& help, T& into,
                        const std::map<std::string, T>& choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const auto apply = [name, words, &into, choices](const std::string& text) {
    const auto found = choices.find(text);
    if (found == choices.end()) throw CLI::ValidationError(name, no_choice(text, words));
    into = found->second;
  };
  auto* option = command.add_option_function<std::string>(name, apply, help)->type_name("WORD");
  set_choices(*option, words);
  return option;
}

/// A whole number within both.
template <class T>
CLI::Option* add_number(CLI::App& command, const std::string& name, T least, T most, const std::string& help,
                        std::function<void(T)> take) {
  const std::string accepted = "a number from " + std::to_string(least) + " to " + std::to_string(most);
  return add_parsed(command, name, "N", accepted, help, [=](const std::string& text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    if (number < least || number > most) return false;
    take(number);
    return true;
  });
}

bool positive(const std::optional<std::chrono::milliseconds>& duration) {
  return duration && duration->count() > 0;
}

void add_seconds(CLI::App& command, std::optional<Duration>& into) {
  add_parsed(command, "--seconds", "N", "a number of seconds above zero", "Stop by itself",
             [&into](const std::string& text) {
               const auto duration = parse_duration(text, 1s);
               if (positive(duration)) into = *duration;
               return positive(duration);
             });
}

/// What a word of --quality stands for: 720p30 at 1.5 Mbit/s, what counts without a word, 60 pictures a
/// second at 12 and at 30 Mbit/s.
struct Quality {
  std::int64_t bitrate_bps = 0;
  int fps = 0;
  std::optional<Size> size;
};

void add_quality(CLI::App& command, app::PictureOptions& picture) {
  static const std::map<std::string, Quality> kQualities{{"low", {1'500'000, 30, Size{1280, 720}}},
                                                         {"medium", {6'000'000, 30, std::nullopt}},
                                                         {"high", {12'000'000, 60, std::nullopt}},
                                                         {"ultra", {30'000'000, 60, std::nullopt}}};
  const auto apply = [&picture](const std::string& text) {
    const auto found = kQualities.find(text);
    if (found == kQualities.end())
      throw CLI::ValidationError("--quality", no_choice(text, {"low", "medium", "high", "ultra"}));
    picture.bitrate_bps = found->second.bitrate_bps;
    picture.is_bitrate_fixed = false;
    picture.fps = found->second.fps;
    picture.size = found->second.size;
  };
  command
      .add_option_function<std::string>(
          "--quality", apply,
          "Caps by name: low, medium, high or ultra; --size, --fps and --bitrate win [medium]")
      ->type_name("WORD");
}

/// CLI11 takes them in this order: what is said of one figure wins over what a quality's name says of all.
void add_picture_options(CLI::App& command, app::PictureOptions& picture) {
  add_quality(command, picture);
  add_parsed(command, "--size", "WxH", kSizes, "Scale to fit into this, in proportion [as it is]",
             [&picture](const std::string& text) {
               const auto size = parse_size(text);
               if (size) picture.size = size;
               return size.has_value();
             });
  add_number<int>(command, "--fps", 1, 240, "Pictures a second [30]",
                  [&picture](int fps) { picture.fps = fps; });
  add_parsed(command, "--bitrate", "RATE", kBitrates,
             "Most bits a second, for the picture; it follows the lines, but for fixed:RATE [6M]",
             [&picture](const std::string& text) {
               const auto asked = parse_asked_bitrate(text);
               if (asked) picture.bitrate_bps = asked->bits_per_second;
               if (asked) picture.is_bitrate_fixed = asked->is_fixed;
               return asked.has_value();
             });
  add_choice(command, "--for", "auto, text (sharp) or video, game (smooth), where not both can be had [auto]",
             picture.use,
             {{"auto", app::PictureUse::kAuto},
              {"text", app::PictureUse::kText},
              {"video", app::PictureUse::kMotion},
              {"game", app::PictureUse::kMotion}});
  const std::array<std::string, 5> encoders{"auto", "vaapi", "nvenc", "x264", "openh264"};
  std::map<std::string, std::string> choices;
  for (const auto& name : encoders) choices[name] = name;
  add_choice(command, "--encoder", "auto, vaapi, nvenc, x264 or openh264 [auto]", picture.encoder, choices);
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
  optional_text("--window", screen.window, "[XID]",
                "One window: X11 by id or with a click; portal: choose one");
  add_parsed(command, "--virtual", "WxH", kSizes,
             "A new monitor of this size, with nothing of yours (Wayland)",
             [&screen](const std::string& text) {
               screen.virtual_size = parse_size(text);
               return screen.virtual_size.has_value();
             });
}

/// The kind alone: a test picture has nothing to choose from.
void add_audio(CLI::App& command, app::AudioKind& kind) {
  using app::AudioKind;
  add_choice<AudioKind>(command, "--audio",
                        "auto (applications, calls left out), none, monitor (all that plays) or mic [auto]",
                        kind,
                        {{"auto", AudioKind::kAuto},
                         {"none", AudioKind::kNone},
                         {"monitor", AudioKind::kMonitor},
                         {"mic", AudioKind::kMic}});
}

void add_audio_options(CLI::App& command, app::AudioOptions& audio) {
  add_audio(command, audio.kind);
  const auto names = [&command](const std::string& name, std::vector<std::string>& into,
                                const std::string& help) {
    // Without extra arguments CLI11 takes no "[a,b]" for a list: it is a name like any other.
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

void add_expires(CLI::App& command, app::HostOptions& options, HostExtras& extras) {
  add_parsed(command, "--expires", "TIME", "a time such as 90m, 8h, 2d, or never",
             "How long newcomers may use the ticket [8h; never with --identity]",
             [&](const std::string& text) {
               const auto duration = parse_duration(text, 1s);
               const auto whole = duration ? std::chrono::ceil<std::chrono::seconds>(*duration) : 0s;
               if (text != "never" && whole == 0s) return false;
               options.expires = text == "never" ? std::nullopt : std::optional(whole);
               extras.expires_given = true;
               return true;
             });
}

/// Its complaints repeat nothing of the value: a secret is in it.
void add_relays(CLI::App& command, std::vector<traversal::RelayServer>& relays) {
  constexpr std::size_t kMostRelays = 8;
  const auto take = [&relays](const std::vector<std::string>& texts) {
    relays.clear();
    if (texts.size() > kMostRelays) throw CLI::ValidationError("--relay", "is given more than 8 times");
    for (const auto& text : texts) {
      const auto relay = traversal::parse_relay(text);
      if (!relay) throw CLI::ValidationError("--relay", relay.error().what + "; " + relay.error().hint);
      relays.push_back(*relay);
    }
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--relay", take,
          "A TURN server for those whom nothing else reaches: turn:USER:PASS@HOST:PORT, "
          "turn:secret=SECRET@HOST, turns: for TLS; repeatable")
      ->type_name("URI")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

/// Nullopt: that is none of it.
std::optional<std::vector<traversal::StunServer>> parse_stun(const std::vector<std::string>& texts) {
  if (texts == std::vector<std::string>{"none"}) return std::vector<traversal::StunServer>{};
  std::vector<traversal::StunServer> servers;
  for (const auto& text : texts) {
    const auto server = traversal::parse_stun_server(text);
    if (!server || text == "none") return std::nullopt;
    servers.push_back(*server);
  }
  return servers;
}

void add_stun(CLI::App& command, std::vector<traversal::StunServer>& servers) {
  const auto take = [&servers](const std::vector<std::string>& texts) {
    const auto parsed = parse_stun(texts);
    if (!parsed)
      throw CLI::ValidationError("--stun", "wants a server such as stun.example.net:3478, or none alone");
    servers = *parsed;
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--stun", take,
          "Who tells this machine's outer address; repeatable; none: nobody is asked [well-known ones]")
      ->type_name("HOST:PORT")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

void add_recording(CLI::App& command, app::ViewOptions& options) {
  add_parsed(command, "--record", "FILE", "a file that ends in .ts (.m2ts, .mts), .mkv, .mp4 or nothing",
             "Also write the stream to a file: .ts, .mkv or .mp4", [&options](const std::string& path) {
               if (!playback::recording_format(path)) return false;
               options.record = path;
               return true;
             });
}

void add_stream_outputs(CLI::App& command, app::ViewOptions& options) {
  add_parsed(command, "--listen", "ADDR:PORT", "a loopback address and a port, such as 127.0.0.1:0",
             "Where players read the stream: a loopback address [127.0.0.1:0]",
             [&options](const std::string& text) {
               const auto address = SocketAddress::parse(text);
               return address && address->is_loopback() && store(options.listen, address);
             });
  add_recording(command, options);
  command.add_flag("--stdout", options.to_stdout, "The stream on standard output");
}

}  // namespace

void add_host_options(CLI::App& command, app::HostOptions& options, HostExtras& extras) {
  add_source(command, options.source);
  add_screen_options(command, options.screen);
  add_picture_options(command, options.picture);
  add_audio_options(command, options.audio);
  add_number<int>(command, "--max-viewers", 1, 1000, "How many may watch at once [2]",
                  [&options](int viewers) { options.max_viewers = static_cast<std::size_t>(viewers); });
  add_parsed(command, "--bind", "ADDR:PORT", "an address and a port, such as 0.0.0.0:4433 or 4433",
             "Where to listen [all interfaces, any port]",
             [&options](const std::string& text) { return store(options.bind, parse_bind(text)); });
  add_relays(command, options.relays);
  add_stun(command, options.stun_servers);
  command.add_flag("!--no-port-mapping", options.port_mapping, "Do not ask the router to keep the port open");
  command.add_flag("!--no-notify", options.notify, "No desktop notifications of who joins and leaves");
  add_parsed(command, "--identity", "FILE", "a file", "Keep the host's key here, for a ticket that lasts",
             [&options](const std::string& text) {
               options.identity = text;
               return !text.empty();
             });
  add_expires(command, options, extras);
  command.add_option("--name", options.name, "What viewers see [this machine's name]")->type_name("TEXT");
  add_seconds(command, options.duration);
}

void add_view_options(CLI::App& command, app::ViewOptions& options, ViewExtras& extras) {
  using app::PlayerChoice;
  command.add_option("TICKET", extras.ticket, "The host's ticket; - reads it from standard input")
      ->option_text(" ");
  add_choice<PlayerChoice>(command, "--player", "auto, mpv, vlc or none [auto]", options.player,
                           {{"auto", PlayerChoice::kAuto},
                            {"mpv", PlayerChoice::kMpv},
                            {"vlc", PlayerChoice::kVlc},
                            {"none", PlayerChoice::kNone}});
  command.add_flag("!--no-catch-up", options.catch_up, "Leave the player alone when it has fallen behind");
  add_stream_outputs(command, options);
  add_parsed(command, "--latency", "TIME", "a time from 0ms to 10s, such as 200ms",
             "How late pictures may be before they are dropped [200ms]", [&options](const std::string& text) {
               const auto latency = parse_duration(text, 1ms);
               return latency && *latency <= 10s && store(options.latency, latency);
             });
  add_stun(command, options.stun_servers);
  command.add_option("--name", options.name, "What the host sees [this machine's name]")->type_name("TEXT");
  add_seconds(command, options.duration);
}

void add_demo_options(CLI::App& command, app::DemoOptions& options) {
  add_picture_options(command, options.picture);
  add_choice<bool>(command, "--audio", "auto or none [auto]", options.audio,
                   {{"auto", true}, {"none", false}});
  add_number<int>(command, "--seconds", 1, 3600, "How long, from the first picture on [10]",
                  [&options](int seconds) { options.duration = std::chrono::seconds(seconds); });
}

void add_doctor_options(CLI::App& command, app::DoctorOptions& options) {
  add_stun(command, options.stun_servers);
  add_relays(command, options.relays);
}

void add_repair_options(CLI::App& command, app::RepairOptions& options) {
  command.add_flag("--dry-run", options.dry_run, "Say what would be removed, and remove nothing");
}

void add_config_options(CLI::App& command, ConfigExtras& extras) {
  command.add_flag("--init", extras.init, "Write a commented file, where there is none yet")
      ->configurable(false);
}

void add_log_level(CLI::App& app, std::string& level) {
  std::map<std::string, std::string> levels;
  for (const auto* name : {"trace", "debug", "info", "warn", "error", "off"}) levels[name] = name;
  add_choice(app, "--log-level", "trace, debug, info, warn, error or off [warn]", level, levels)
      ->type_name("LEVEL");
}

void add_control_options(CLI::App& command, app::ControlCommand kind, app::ControlOptions& options,
                         std::vector<std::string>& reply_code) {
  if (kind == app::ControlCommand::kReply)
    command.add_option("CODE", reply_code, "The code that your friend was shown (ppr1…)")
        ->required()
        ->option_text(" ");
  if (kind == app::ControlCommand::kTicket)
    command
        .add_flag("--new", options.request.renew,
                  "Make a new one; the old one lets nobody new in, who watches stays")
        ->configurable(false);
  if (kind == app::ControlCommand::kBitrate)
    add_parsed(command, "RATE", " ", kBitrates,
               "Such as 6M, up to which it follows the lines, or fixed:6M, which follows none",
               [&options](const std::string& text) {
                 const auto asked = parse_asked_bitrate(text);
                 if (asked) options.request.bitrate_bps = asked->bits_per_second;
                 if (asked) options.request.fixed = asked->is_fixed;
                 return asked.has_value();
               })
        ->required();
  if (kind == app::ControlCommand::kShow)
    add_parsed(
        command, "N|all", " ", "a number from 1 on, or all",
        "The monitor or window; they count from the top left",
        [&options](const std::string& text) { return store(options.request.source, parse_shown(text)); })
        ->required();
  if (kind == app::ControlCommand::kScreen)
    command
        .add_option("--monitor", options.request.monitor,
                    "X11: a name or a number, or all; elsewhere the dialog offers monitors alone")
        ->type_name("NAME")
        ->configurable(false);
  if (kind == app::ControlCommand::kKick)
    command.add_option("N", options.request.viewer, "The viewer's number; `status` lists them")
        ->required()
        ->option_text(" ");
  command.add_option("--host", options.host, "Which host, by its --name or process id, when several run")
      ->type_name("NAME");
}

}  // namespace pixelpass::cli
