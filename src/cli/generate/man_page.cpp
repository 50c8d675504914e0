#include "cli/generate/man_page.hpp"

#include "cli/exit_codes.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace pixelpass::cli {
namespace {

/// The escape for a character, such as \[u2026] for U+2026. `at`: the character's first byte; left at its
/// last. Our own text is valid UTF-8.
std::string roff_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<std::uint8_t>(text[at]);
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  auto code = static_cast<std::uint32_t>(lead & (0x3f >> more));
  for (int i = 0; i < more && at + 1 < text.size(); ++i)
    code = code << 6 | (static_cast<std::uint8_t>(text[++at]) & 0x3fU);
  std::array<char, 16> name{};
  std::snprintf(name.data(), name.size(), "\\[u%04X]", static_cast<unsigned>(code));
  return name.data();
}

/// The text escaped for roff: no character has a special meaning, and dashes are ASCII.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else if (c == '~')
      out += "\\(ti";
    else if (c == '^')
      out += "\\(ha";
    else if ((static_cast<unsigned char>(c) & 0x80) != 0)
      out += roff_character(text, at);
    else
      out += c;
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string in_bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string in_italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string tagged(const std::string& term, const std::string& text) {
  return ".TP\n" + term + "\n" + text + "\n";
}

std::string man_option(const OptionRow& row) {
  std::string term = row.letter.empty() ? "" : in_bold("-" + row.letter) + ", ";
  term += in_bold("--" + row.name);
  if (!row.value.empty()) term += " " + in_italic(row.value);
  std::string text = roff(row.help);
  if (!row.fallback.empty()) text += " [" + roff(row.fallback) + "]";
  return tagged(term, text);
}

std::string man_command(const CommandRow& row) {
  std::string text = ".SS " + roff(row.name) + "\n" + in_bold(row.usage) + "\n.PP\n" + roff(row.help) + ".\n";
  for (const auto& argument : row.arguments) text += tagged(in_italic(argument.name), roff(argument.help));
  for (const auto& option : row.options) text += man_option(option);
  return text;
}

std::string synopsis_section(const std::vector<CommandRow>& rows) {
  std::string text = ".SH SYNOPSIS\n" + in_bold("pixelpass") + "\n";
  for (const auto& row : rows)
    if (!row.name.empty()) text += ".br\n" + in_bold(row.usage) + "\n";
  return text + ".br\n" + in_bold("pixelpass TICKET") + "\n";
}

std::string exit_status_section() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodes)
    text += tagged(in_bold(std::to_string(static_cast<int>(code))), roff(meaning));
  return text;
}

std::string description_section() {
  return ".SH DESCRIPTION\n" +
         roff(
             "Whoever shares runs `pixelpass host` and sends the one ticket that it prints over any chat. "
             "Whoever "
             "watches hands that to `pixelpass view`, and sees the screen in mpv or VLC. The picture goes "
             "straight from one machine to the other, encrypted; there is no account, and no server in "
             "between but a relay that the host names. Whoever has the ticket may watch.") +
         "\n.PP\n" +
         roff(
             "Without a command, a terminal shows a menu. A link pixelpass://TICKET is a ticket, too: "
             "desktops "
             "open it with this program.") +
         "\n";
}

std::string environment_section() {
  return ".SH ENVIRONMENT\n" +
         tagged(in_bold("PIXELPASS_TICKET"), roff("The ticket, where pixelpass view is given none.")) +
         tagged(in_bold("XDG_CONFIG_HOME"), roff("Where pixelpass/config.toml is looked for [~/.config].")) +
         tagged(in_bold("NO_COLOR"), roff("Where it is set, nothing is coloured."));
}

std::string files_section() {
  return ".SH FILES\n" +
         tagged(in_italic("~/.config/pixelpass/config.toml"),
                roff("Settings, in TOML: every long option is a key. pixelpass config --init writes one with "
                     "all of them explained; pixelpass config shows what counts, and why."));
}

std::string shown_example(const char* what, const char* command) {
  return ".PP\n" + roff(what) + "\n.PP\n.RS 4\n" + in_bold(command) + "\n.RE\n";
}

std::string examples_section() {
  return ".SH EXAMPLES\nSee it work, on this machine:\n.PP\n.RS 4\n" + in_bold("pixelpass demo") + "\n.RE\n" +
         shown_example("Share one window and what Firefox plays:", "pixelpass host --window --app Firefox") +
         shown_example("Watch in VLC, and keep it:", "pixelpass view --player vlc --record film.ts pp1...") +
         shown_example(
             "Pass on a stream that is made elsewhere:",
             "ffmpeg -i film.mkv -c:v libx264 -g 60 -c:a aac -f mpegts - | pixelpass host --source -");
}

}  // namespace

std::string man_page(const std::vector<CommandRow>& rows) {
  std::string text = ".\\\" Made by pixelpass generate man.\n";
  text += ".TH PIXELPASS 1 \"" PIXELPASS_RELEASE_DATE "\" \"pixelpass " PIXELPASS_VERSION "\"\n";
  text += ".nh\n.SH NAME\npixelpass \\- show your screen to a friend, peer to peer\n";
  text += synopsis_section(rows) + description_section() + ".SH COMMANDS\n";
  for (const auto& row : rows)
    if (!row.name.empty()) text += man_command(row);
  text += ".SH OPTIONS\nEvery command takes these.\n";
  for (const auto& row : rows)
    for (const auto& option : row.options)
      if (row.name.empty()) text += man_option(option);
  return text + exit_status_section() + environment_section() + files_section() + examples_section() +
         ".SH SEE ALSO\n.BR mpv (1),\n.BR vlc (1)\n";
}

}  // namespace pixelpass::cli
