#include "cli/usage_examples.hpp"

#include "cli/option_table.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace pixelpass::cli {
namespace {

/// An example value for every option that needs one; all commands with that option accept it. No example
/// needs software that may be missing, or shares, plays or writes more than the option is about.
constexpr auto kExamples = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"--app", "Firefox"},
    {"--audio", "none"},
    {"--bind", "0.0.0.0:4433"},
    {"--bitrate", "6M"},
    {"--call-app", "Mumble"},
    {"--config", "FILE"},
    {"--encoder", "auto"},
    {"--exclude-app", "Firefox"},
    {"--expires", "8h"},
    {"--for", "video"},
    {"--fps", "30"},
    {"--host", "NAME"},
    {"--identity", "host.key"},
    {"--latency", "200ms"},
    {"--listen", "127.0.0.1:0"},
    {"--log-level", "debug"},
    {"--max-viewers", "2"},
    {"--monitor", "1"},
    {"--name", "anna"},
    {"--page", "https://example.net/watch.html"},
    {"--player", "auto"},
    {"--publish", "tcp://127.0.0.1:9000"},
    {"--quality", "medium"},
    {"--record", "FILE.ts"},
    {"--relay", "turn:USER:PASS@example.net:3478"},
    {"--seconds", "60"},
    {"--size", "1280x720"},
    {"--source", "auto"},
    {"--stun", "stun.example.net:3478"},
    {"--virtual", "1280x720"},
    {"CODE", "CODE"},
    {"N|all", "1"},
    {"RATE", "6M"},
    {"TICKET", "TICKET"},
});

/// Whole lines, where an example of the value alone would be refused, or kick somebody by mistake.
constexpr auto kWholeLines = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"--kick", "pixelpass ticket --new --kick"},
    {"--overwrite", kOverARecording},
    {"--stdout", kToAPlayer},
    {"N", "pixelpass status"},
});

/// The arguments that commands need.
constexpr auto kArguments = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"bitrate", "RATE"},
    {"kick", "N"},
    {"reply", "CODE"},
    {"show", "N"},
    {"view", "TICKET"},
});

/// The entry of this name; empty: there is none.
std::string find_in(std::span<const std::pair<std::string_view, std::string_view>> table,
                    const std::string& name) {
  const auto found =
      std::ranges::find(table, std::string_view(name), [](const auto& one) { return one.first; });
  return found == table.end() ? std::string() : std::string(found->second);
}

}  // namespace

std::string typed_name(const CLI::Option& option) {
  return option.get_positional() ? option.get_name() : "--" + option.get_lnames().front();
}

std::string example_value(const std::string& option) {
  return find_in(kExamples, option);
}

bool has_own_line(const std::string& option) {
  return !find_in(kWholeLines, option).empty();
}

std::string example_line(const CLI::Option& option, const std::string& command, std::string value) {
  const std::string name = typed_name(option);
  if (auto whole = find_in(kWholeLines, name); !whole.empty()) return whole;
  if (value.empty() && !is_flag(option)) value = example_value(name);
  std::string line = "pixelpass";
  const auto add = [&line](const std::string& word) { line += word.empty() ? "" : " " + word; };
  add(command);
  if (!option.get_positional()) add(name);
  add(value);
  if (!option.get_positional()) add(find_in(kArguments, command));
  return line;
}

std::string example_line(const std::string& command) {
  const std::string arguments = find_in(kArguments, command);
  return "pixelpass " + command + (arguments.empty() ? "" : " " + arguments);
}

}  // namespace pixelpass::cli
