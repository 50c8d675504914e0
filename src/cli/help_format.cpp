#include "cli/help_format.hpp"

namespace pixelpass::cli {
namespace {

constexpr std::size_t kColumn = 26;
constexpr const char* kUsage =
    "\nUsage:\n"
    "  pixelpass host [OPTIONS]          share; prints the ticket\n"
    "  pixelpass view [OPTIONS] TICKET   watch in mpv or VLC; - reads the ticket from standard input,\n"
    "                                    without one it is taken from PIXELPASS_TICKET\n"
    "  pixelpass TICKET                  watch without opening a player: prints the URL\n"
    "  pixelpass demo [OPTIONS]          try it on this machine\n"
    "  pixelpass reply CODE              hand your running host the code that a friend sent back\n"
    "  pixelpass status | kick N | lock | unlock | pause | resume | mute | unmute\n"
    "            show N|all | screen [--monitor NAME] | bitrate RATE | ticket [--new] | stop\n"
    "                                    speak with your running host (--host NAME when several run)\n"
    "  pixelpass config [--init]         what counts of the options, and where it is from; writes a file\n"
    "  pixelpass doctor                  what works here, what is missing, what installs it\n"
    "  pixelpass repair [--dry-run]      remove what a killed pixelpass left behind\n";

/// CLI11 2.5 and later would fill paragraphs, and our lines are lines.
template <class Format>
void keep_lines(Format& format) {
  if constexpr (requires { format.enable_footer_formatting(false); }) {
    format.enable_footer_formatting(false);
    format.enable_description_formatting(false);
  }
}

}  // namespace

std::string usage_of(const CLI::App& command) {
  std::string usage = "pixelpass " + command.get_name() + " [OPTIONS]";
  for (const CLI::Option* option :
       command.get_options([](const CLI::Option* any) { return any->get_positional(); })) {
    const std::string name = option->get_name();
    usage += " " + (name == "TICKET" ? "TICKET|-" : name);
  }
  return usage;
}

HelpFormat::HelpFormat() {
  column_width(kColumn);
  label("OPTIONS", "Options");
  label("Positionals", "Arguments");
  keep_lines(*this);
}

std::string HelpFormat::make_usage(const CLI::App* app, std::string) const {
  return app->get_parent() == nullptr ? kUsage : "\nUsage: " + usage_of(*app) + "\n";
}

std::string HelpFormat::make_option_name(const CLI::Option* option, bool is_positional) const {
  const std::string name = Formatter::make_option_name(option, is_positional);
  return name.substr(0, name.find('{'));
}

std::string HelpFormat::make_description(const CLI::App* app) const {
  return app->get_description() + "\n";
}

std::string HelpFormat::make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const {
  return mode == CLI::AppFormatMode::All ? Formatter::make_subcommands(app, mode) : std::string();
}

}  // namespace pixelpass::cli
