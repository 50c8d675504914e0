#include "cli/help_format.hpp"

#include "cli/exit_codes.hpp"

#include <sstream>
#include <utility>
#include <vector>

namespace pixelpass::cli {
namespace {

constexpr std::size_t kColumn = 26;
constexpr std::size_t kWidth = 80;
/// The indent that CLI11 adds to each line of a command in the help of all.
constexpr std::size_t kIndent = 2;
constexpr const char* kUsage =
    "\nUsage:\n"
    "  pixelpass host [OPTIONS]          share; prints the ticket\n"
    "  pixelpass view [OPTIONS] TICKET   watch in mpv or VLC\n"
    "  pixelpass TICKET                  watch without a player: prints the URL\n"
    "  pixelpass demo [OPTIONS]          try it on this machine\n"
    "  pixelpass status | kick N | lock | unlock | pause | resume | mute | unmute\n"
    "            show N|all | screen [--monitor NAME] | bitrate RATE | reply CODE\n"
    "            ticket [--new] | stop   speak with your running host (--host NAME)\n"
    "  pixelpass config [--init]         which options count; writes a file\n"
    "  pixelpass doctor                  what works, and what installs the rest\n"
    "  pixelpass repair [--dry-run]      remove what a killed pixelpass left behind\n";

/// CLI11 2.5 and later would reflow paragraphs, which would join our lines.
template <class Format>
void keep_lines(Format& format) {
  if constexpr (requires { format.enable_footer_formatting(false); }) {
    format.enable_footer_formatting(false);
    format.enable_description_formatting(false);
  }
}

/// The text's words in lines from this column on, the first after `line`.
std::string in_column(std::string line, const std::string& text, std::size_t column = kColumn,
                      std::size_t width = kWidth) {
  std::string lines;
  const auto end_line = [&] {
    lines += line + "\n";
    line.assign(column, ' ');
  };
  if (line.size() >= column) end_line();
  line.resize(column, ' ');
  std::istringstream words(text);
  for (std::string word; words >> word; line += word) {
    if (line.size() == column) continue;
    if (line.size() + 1 + word.size() > width)
      end_line();
    else
      line += ' ';
  }
  return lines + line + "\n";
}

std::vector<const CLI::Option*> options_in(const CLI::App& app, const std::string& group) {
  return app.get_options([&group](const CLI::Option* option) {
    return option->get_group() == group && option->nonpositional();
  });
}

/// The end of a help screen: where the rest is and, for the program, its exit codes.
std::string end_of_screen(const CLI::App& app) {
  if (app.get_parent() != nullptr)
    return "More: pixelpass " + app.get_name() + " --help-all, or man pixelpass\n";
  const std::string codes = "Exit codes:";
  return "\n" + in_column(codes, exit_codes_summary(), codes.size() + 1) +
         "More: pixelpass COMMAND --help, pixelpass --help-all, or man pixelpass\n";
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

HelpFormat::HelpFormat() : width_(kWidth) {
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

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
  return in_column("  " + make_option_name(option, is_positional) + make_option_opts(option),
                   make_option_desc(option), kColumn, width_);
}

std::string HelpFormat::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  if (mode == CLI::AppFormatMode::Sub) {
    HelpFormat narrower = *this;
    narrower.width_ -= kIndent;
    return narrower.Formatter::make_help(app, std::move(name), mode);
  }
  if (mode != CLI::AppFormatMode::Normal || options_in(*app, kMoreOptions).empty())
    return Formatter::make_help(app, std::move(name), mode);
  std::string text = make_description(app) + make_usage(app, std::move(name)) + make_positionals(app);
  for (const std::string& group : app->get_groups()) {
    const auto options = options_in(*app, group);
    if (group != kMoreOptions && !group.empty() && !options.empty())
      text += make_group(group, false, options);
  }
  return text + end_of_screen(*app);
}

std::string HelpFormat::make_description(const CLI::App* app) const {
  return app->get_description() + "\n";
}

std::string HelpFormat::make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const {
  return mode == CLI::AppFormatMode::All ? Formatter::make_subcommands(app, mode) : std::string();
}

}  // namespace pixelpass::cli
