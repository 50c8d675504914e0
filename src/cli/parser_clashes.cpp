#include "cli/arguments.hpp"
#include "cli/parser.hpp"
#include "cli/usage_errors.hpp"
#include "cli/usage_examples.hpp"

#include <array>
#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

/// Options for what is captured, how its picture is encoded and which sound goes with it.
constexpr auto kOfTheScreen =
    std::to_array<const char*>({"--monitor", "--window", "--size", "--fps", "--bitrate", "--quality", "--for",
                                "--encoder", "--audio", "--app", "--exclude-app", "--call-app"});
/// Options of which only one can be used.
constexpr auto kScreens = std::to_array<const char*>({"--monitor", "--window", "--virtual"});
constexpr auto kOfApplications = std::to_array<const char*>({"--app", "--exclude-app", "--call-app"});
/// Options for a stream that is received.
constexpr auto kOfTheStream =
    std::to_array<const char*>({"--listen", "--latency", "--no-catch-up", "--name"});

std::string in_the_file(const std::string& setting) {
  return ", and the configuration file has " + setting;
}

}  // namespace

/// The host's option as it was typed, or with an example: "--fps 30".
std::string Parser::retyped(const std::string& option) const {
  const CLI::App& host = *app_.get_subcommand("host");
  const std::string kept = kept_value(host, *host.get_option(option), option);
  const std::string value = kept.empty() ? example_value(option) : kept;
  return value.empty() ? option : option + " " + value;
}

/// The command line with this screen, and without other typed ones.
std::string Parser::line_of_screen(const CLI::Option& screen, const std::string& value) const {
  const std::string name = typed_name(screen);
  auto words = typed_;
  for (const char* other : kScreens)
    if (other != name) words = with_instead(words, other, true, {});
  std::vector<std::string> instead{name};
  if (!value.empty()) instead.push_back(value);
  const auto whole = line_of(with_instead(words, name, true, std::move(instead)), "host");
  return whole.empty() ? example_line(screen, "host", value) : whole;
}

/// The command line with this value of the host's option, or `otherwise` if it would be refused.
std::string Parser::host_line_with(const std::string& option, const std::string& value,
                                   const std::string& otherwise) const {
  const auto whole = line_of(with_instead(typed_, option, true, {option, value}), "host");
  return whole.empty() ? otherwise : whole;
}

std::optional<Error> Parser::screen_clash() const {
  const CLI::App& host = *app_.get_subcommand("host");
  std::vector<const CLI::Option*> chosen;
  for (const char* name : kScreens)
    if (host.get_option(name)->count() > 0) chosen.push_back(host.get_option(name));
  if (chosen.size() < 2) return std::nullopt;
  std::string what = "only one of --monitor, --window and --virtual can be shared";
  if (first_named(typed_, kScreens).empty())
    what += in_the_file(chosen[0]->get_lnames().front() + " and " + chosen[1]->get_lnames().front());
  const std::string value = chosen.front()->results().back();
  return usage_error(what, "host", line_of_screen(*chosen.front(), may_be_repeated(value) ? value : ""));
}

std::optional<Error> Parser::audio_clash() const {
  const auto& audio = host_.audio;
  const bool by_application = !(audio.only_apps.empty() && audio.excluded_apps.empty());
  if (audio.kind == app::AudioKind::kAuto || !(by_application || names_option(typed_, "--call-app")))
    return std::nullopt;
  const std::string kind = app_.get_subcommand("host")->get_option("--audio")->results().back();
  std::string what = "--app, --exclude-app and --call-app go with --audio auto alone";
  if (!names_option(typed_, "--audio")) what += in_the_file("audio = \"" + kind + "\"");
  const auto option = first_named(typed_, kOfApplications);
  // Of two settings in the file, a kind of sound that is typed takes precedence over applications.
  const std::string wanted = option.empty() ? kind : "auto";
  const std::string alone = "pixelpass host --audio " + wanted;
  return usage_error(
      what, "host",
      host_line_with("--audio", wanted, option.empty() ? alone : alone + " " + retyped(option)));
}

/// The error for typed options that would have no effect. Settings of the configuration file apply where they
/// can.
std::optional<Error> Parser::host_clash() const {
  if (auto clash = screen_clash()) return clash;
  if (auto clash = audio_clash()) return clash;
  const auto option = first_named(typed_, kOfTheScreen);
  if (host_.source != app::SourceKind::kStdin || option.empty()) return std::nullopt;
  const std::string what = option + " has no effect on standard input";
  if (!names_option(typed_, "--source"))
    return usage_error(what + in_the_file("source = \"-\""), "host",
                       host_line_with("--source", "auto", "pixelpass host --source auto " + retyped(option)));
  return Error{what + ": that stream is passed on as it is",
               "leave " + option + " out, or make the stream so", ExitCode::kUsage};
}

std::optional<Error> Parser::output_clash() const {
  if (!view_.to_stdout || !line_.json) return std::nullopt;
  const std::string what = "--stdout and --json both want standard output";
  if (names_option(typed_, "--stdout")) return usage_error(what, "view", kToAPlayer);
  if (!names_option(typed_, "--json"))
    return usage_error(what + in_the_file("stdout and json"), "view", kToAPlayer);
  return usage_error(what + in_the_file("stdout = true"), "view",
                     "pixelpass view --stdout=false --json TICKET");
}

std::optional<Error> Parser::view_clash() const {
  if (auto clash = output_clash()) return clash;
  if (view_.to_stdout && environment_.output_is_terminal)
    return usage_error("--stdout writes a video stream, and standard output is a terminal: pipe it somewhere",
                       "view", kToAPlayer);
  if (names_option(typed_, "--overwrite") && !view_.record)
    return usage_error("--overwrite goes with --record", "view", kOverARecording);
  if (const auto option = first_named(typed_, kOfTheStream);
      view_.player == app::PlayerChoice::kBrowser && !option.empty())
    return Error{option + " has no effect in a browser, which watches by itself" +
                     (names_option(typed_, "--player") ? "" : in_the_file("player = \"browser\"")),
                 "leave " + option + " out, or take --player mpv or vlc", ExitCode::kUsage};
  return std::nullopt;
}

std::optional<Error> Parser::control_clash() const {
  const auto& request = control_.request;
  if (request.cancel && request.monitor)
    return usage_error("--cancel keeps the present screen, and --monitor names another one", "screen",
                       "pixelpass screen --cancel");
  if (request.kick && !request.renew)
    return usage_error("--kick goes with --new: with the same ticket they would come in again", "ticket",
                       "pixelpass ticket --new --kick");
  return std::nullopt;
}

}  // namespace pixelpass::cli
