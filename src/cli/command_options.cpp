#include "cli/command_options.hpp"

#include "pixelpass/playback/recording_format.hpp"

#include "cli/help_format.hpp"
#include "cli/option_kinds.hpp"
#include "cli/quantities.hpp"
#include "cli/server_options.hpp"
#include "cli/source_options.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

bool positive(const std::optional<std::chrono::milliseconds>& duration) {
  return duration && duration->count() > 0;
}

/// `since`: what the seconds are counted from.
void add_seconds(CLI::App& command, std::optional<Duration>& into, const std::string& since) {
  add_parsed(command, "--seconds", "N", "a number of seconds above zero",
             "Stop by itself, so long after " + since, [&into](const std::string& text) {
               const auto duration = parse_duration(text, 1s);
               if (positive(duration)) into = *duration;
               return positive(duration);
             });
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

void add_recording(CLI::App& command, app::ViewOptions& options) {
  add_parsed(command, "--record", "FILE", "a file that ends in .ts (.m2ts, .mts), .mkv, .mp4 or nothing",
             "Also write the stream to a file: .ts, .mkv or .mp4", [&options](const std::string& path) {
               if (path == "-")
                 throw CLI::ValidationError("--record", "wants a file; --stdout writes to standard output");
               if (path.empty() || !playback::recording_format(path)) return false;
               options.record = path;
               return true;
             });
  command.add_flag("--overwrite", options.overwrites, "Let --record replace a file that is there");
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

/// Moves the host's options that are seldom needed to a group of their own.
void set_apart_seldom_needed(CLI::App& command) {
  for (const char* name :
       {"--virtual", "--encoder", "--exclude-app", "--call-app", "--bind", "--relay", "--stun", "--publish",
        "--no-web", "--page", "--no-port-mapping", "--no-notify", "--identity", "--seconds"})
    command.get_option(name)->group(kMoreOptions);
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
  add_publish(command, options.publish);
  command.add_flag("!--no-web,--web", options.web, "Browsers cannot watch: no page, and no link to it");
  add_parsed(command, "--page", "URL", "an http, https or file URL of up to 1024 characters, without a #",
             "Links go to the page there, not to this machine", [&options](const std::string& text) {
               options.page = text;
               return is_page_url(text);
             });
  command.add_flag("!--no-port-mapping", options.port_mapping, "Do not ask the router to keep the port open");
  command.add_flag("!--no-notify", options.notify, "No desktop notifications of who joins and leaves");
  add_parsed(command, "--identity", "FILE", "a file", "Keep the host's key here, for a ticket that lasts",
             [&options](const std::string& text) {
               options.identity = text;
               return !text.empty();
             });
  add_expires(command, options, extras);
  command.add_option("--name", options.name, "What viewers see [this machine's name]")->type_name("TEXT");
  add_seconds(command, options.duration, "sharing has begun");
  set_apart_seldom_needed(command);
}

void add_view_options(CLI::App& command, app::ViewOptions& options, ViewExtras& extras) {
  using app::PlayerChoice;
  command.add_option("TICKET", extras.ticket, "The host's ticket; - reads it from standard input")
      ->option_text(" ");
  add_choice<PlayerChoice>(command, "--player", "auto, mpv, vlc, browser or none [auto]", options.player,
                           {{"auto", PlayerChoice::kAuto},
                            {"mpv", PlayerChoice::kMpv},
                            {"vlc", PlayerChoice::kVlc},
                            {"browser", PlayerChoice::kBrowser},
                            {"none", PlayerChoice::kNone}});
  command.add_flag("!--no-catch-up", options.catch_up, "Leave the player alone when it has fallen behind");
  add_stream_outputs(command, options);
  add_parsed(command, "--latency", "TIME", "a time from 0ms to 10s, such as 200ms",
             "How late a picture may be before it is dropped [200ms]", [&options](const std::string& text) {
               const auto latency = parse_duration(text, 1ms);
               return latency && *latency <= 10s && store(options.latency, latency);
             });
  add_stun(command, options.stun_servers);
  command.add_option("--name", options.name, "What the host sees [this machine's name]")->type_name("TEXT");
  add_seconds(command, options.duration, "the start");
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

CLI::Option* add_log_level(CLI::App& app, std::string& level) {
  std::map<std::string, std::string> levels;
  for (const auto* name : {"trace", "debug", "info", "warn", "error", "off"}) levels[name] = name;
  return add_choice(app, "--log-level", "trace, debug, info, warn, error or off [warn]", level, levels)
      ->type_name("LEVEL");
}

void add_control_options(CLI::App& command, app::ControlCommand kind, app::ControlOptions& options,
                         std::vector<std::string>& reply_code) {
  if (kind == app::ControlCommand::kReply)
    command.add_option("CODE", reply_code, "The code that your friend was shown (ppr1…)")
        ->required()
        ->option_text(" ");
  if (kind == app::ControlCommand::kTicket) {
    command
        .add_flag("--new", options.request.renew,
                  "Make a new one; the old one lets nobody new in, who watches stays")
        ->configurable(false);
    command.add_flag("--kick", options.request.kick, "With --new: who watches is sent away")
        ->configurable(false);
  }
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
  if (kind == app::ControlCommand::kScreen) {
    command
        .add_option("--monitor", options.request.monitor,
                    "X11: a name or a number, or all; elsewhere the dialog offers monitors alone")
        ->type_name("NAME")
        ->configurable(false);
    command
        .add_flag("--cancel", options.request.cancel,
                  "Close the dialog that asks which; the present screen stays")
        ->configurable(false);
  }
  if (kind == app::ControlCommand::kKick)
    add_parsed(
        command, "N", " ", "the number of a viewer, as `pixelpass status` shows it",
        "The viewer's number; `status` lists them",
        [&options](const std::string& text) { return store(options.request.viewer, parse_viewer(text)); })
        ->required();
  command.add_option("--host", options.host, "Which host, by its --name or process id, when several run")
      ->type_name("NAME");
}

}  // namespace pixelpass::cli
