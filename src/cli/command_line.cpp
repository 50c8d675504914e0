#include "pixelpass/cli/command_line.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/ticket/reply_code.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "cli/command_options.hpp"
#include "cli/config_file.hpp"
#include "cli/config_report.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/exit_codes.hpp"
#include "cli/generate/generate.hpp"
#include "cli/help_format.hpp"
#include "cli/hide_relays.hpp"
#include "cli/option_table.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr std::array<std::string_view, 6> kCommands = {"host", "view", "demo", "doctor", "repair", "config"};
constexpr const char* kVersionText = "pixelpass " PIXELPASS_VERSION;

bool is_command(std::string_view argument) {
  return std::ranges::find(kCommands, argument) != kCommands.end() || app::control_command(argument);
}

std::vector<std::string> command_names() {
  std::vector<std::string> names(kCommands.begin(), kCommands.end());
  for (const auto& known : app::kControlNames) names.emplace_back(known.name);
  return names;
}

/// `pixelpass TICKET` = `pixelpass view --player none TICKET`.
bool is_bare_ticket(const std::vector<std::string>& arguments) {
  const auto decides = std::ranges::find_if(arguments, [](const std::string& argument) {
    return is_command(argument) || looks_like_ticket(argument);
  });
  return decides != arguments.end() && !is_command(*decides);
}

bool shows_text(std::string_view argument) {
  return argument == "-h" || argument == "--help" || argument == "--help-all" || argument == "--version";
}

/// A line without a command, and with nobody there to choose one, is `pixelpass host`. A first word that is
/// no option was meant to be a command.
bool is_bare_host(const std::vector<std::string>& arguments, const Environment& environment) {
  if (environment.on_terminal && !asks_for_json(arguments, environment)) return false;
  if (!arguments.empty() && !arguments.front().starts_with('-')) return false;
  return std::ranges::none_of(arguments, is_command) && std::ranges::none_of(arguments, shows_text);
}

bool names_player(const std::vector<std::string>& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& argument) {
    return argument == "--player" || argument.starts_with("--player=");
  });
}

Error usage_error(std::string what, const std::string& command) {
  const std::string help = command.empty() ? "pixelpass --help" : "pixelpass " + command + " --help";
  return {std::move(what), "see " + help, ExitCode::kUsage};
}

/// A usage error that repeats what was typed, in the parser's words or ours. What `--relay` complains of
/// repeats nothing.
Error typed_error(const std::string& what, const std::string& command) {
  return usage_error(what.starts_with("--relay: ") ? what : hide_relays(what), command);
}

/// A usage error about a word that may be a slip of another.
Error meant(const std::string& what, const std::string& typed, std::span<const std::string> words,
            const std::string& command) {
  const std::string near = did_you_mean(typed, words);
  if (near.empty()) return typed_error(what, command);
  Error error = typed_error(what + "; did you mean " + near + "?", command);
  error.hint = "type " + near + ", or " + error.hint;
  return error;
}

Error no_command(const std::string& word) {
  return meant("\"" + word + "\" is neither a command nor a ticket", word, command_names(), "");
}

/// It comes from the friend who could not get in, and belongs to the host.
Error misplaced_reply_code() {
  return {"a reply code is for the host that runs, not for watching",
          "on the machine that shares: pixelpass reply CODE", ExitCode::kUsage};
}

/// `vew TICKET`: the first word was meant to be a command.
bool misspells_command(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().starts_with('-') || is_command(arguments.front())) return false;
  return !looks_like_ticket(arguments.front()) && !did_you_mean(arguments.front(), command_names()).empty();
}

ConfigFile config_file_for(const std::vector<std::string>& arguments, const Environment& environment) {
  constexpr std::string_view kOption = "--config";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == kOption && i + 1 < arguments.size()) return {arguments[i + 1], true};
    if (argument.starts_with("--config=")) return {argument.substr(kOption.size() + 1), true};
  }
  return {environment.config_file, false};
}

/// The command that is meant; empty: none.
std::string command_in(const std::vector<std::string>& arguments) {
  const auto found = std::ranges::find_if(arguments, is_command);
  return found == arguments.end() ? std::string() : *found;
}

/// The parser and what it writes into. Not copied, not moved: the options point into it.
class Parser {
 public:
  /// `config` outlives it.
  Parser(const Environment& environment, const ConfigText& config);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// `bare`: a ticket alone.
  Result<CommandLine> parse(std::vector<std::string> arguments, bool bare);
  /// Only takes the arguments apart; nullopt: they can be.
  std::optional<Result<CommandLine>> take(std::vector<std::string> arguments);
  CLI::App& app() { return app_; }
  /// A command may lack what it cannot run without.
  void require_nothing();
  /// The options that were on the command line.
  std::vector<ConfigEntry> given();

 private:
  void add_global_options();
  void add_commands();
  [[nodiscard]] std::string command_name() const;
  [[nodiscard]] std::vector<std::string> option_names() const;
  [[nodiscard]] Error unexpected() const;
  Result<CommandLine> result(bool bare);
  Result<CommandLine> host_line();
  Result<CommandLine> view_line(bool bare);
  [[nodiscard]] CommandLine menu_line() const;
  [[nodiscard]] CommandLine text(std::string shown) const;

  const Environment& environment_;
  const ConfigText& config_;
  CommandLine line_;
  app::HostOptions host_;
  app::ViewOptions view_;
  app::DemoOptions demo_;
  app::DoctorOptions doctor_;
  app::RepairOptions repair_;
  app::ControlOptions control_;
  HostExtras host_extras_;
  ViewExtras view_extras_;
  std::vector<std::string> typed_;  ///< all of the command line
  ConfigExtras config_extras_;
  std::vector<std::string> reply_code_;  ///< positional; in pieces where a chat broke it
  bool player_named_ = false;            ///< on the command line itself
  CLI::App app_{"Show your screen to a friend: peer to peer, one ticket.", "pixelpass"};
};

Parser::Parser(const Environment& environment, const ConfigText& config)
    : environment_(environment), config_(config) {
  app_.formatter(std::make_shared<HelpFormat>());
  app_.require_subcommand(0, 1);
  app_.fallthrough();
  add_global_options();
  add_commands();
  app_.footer(exit_codes_text());
}

void Parser::add_global_options() {
  app_.set_help_flag("-h,--help", "Print this help");
  app_.set_help_all_flag("--help-all", "Print the help of all commands");
  app_.set_version_flag("--version", kVersionText, "Print the version");
  app_.set_config("--config", environment_.config_file,
                  "TOML; every long option is a key [~/.config/pixelpass/config.toml]")
      ->option_text("FILE");
  app_.config_formatter(std::make_shared<CommandConfig>(&app_, &config_));
  add_log_level(app_, line_.log_level);
  app_.add_flag("--json", line_.json, "Events as JSON on standard output, one a line");
  app_.add_flag("--plain", line_.plain, "Lines alone: no menu, no live view, as for a screen reader");
}

void Parser::add_commands() {
  add_host_options(*app_.add_subcommand("host", "Share; prints the ticket"), host_, host_extras_);
  add_view_options(*app_.add_subcommand("view", "Watch, with the ticket that the host printed"), view_,
                   view_extras_);
  add_demo_options(*app_.add_subcommand("demo", "Host and viewer on this machine; prints what was measured"),
                   demo_);
  add_doctor_options(
      *app_.add_subcommand("doctor", "What works on this machine, what is missing, and what installs it"),
      doctor_);
  add_repair_options(
      *app_.add_subcommand("repair", "Remove what a killed pixelpass left behind (also: pixelpass --repair)"),
      repair_);
  add_config_options(*app_.add_subcommand(
                         "config", "What counts of options and the configuration file, and where it is from"),
                     config_extras_);
  for (const auto& known : app::kControlNames)
    add_control_options(*app_.add_subcommand(std::string(known.name), known.help), known.command, control_,
                        reply_code_);
}

std::string Parser::command_name() const {
  const auto commands = app_.get_subcommands();
  return commands.empty() ? std::string() : commands.front()->get_name();
}

/// The options of the command at hand, or of all where none was given.
std::vector<std::string> Parser::option_names() const {
  std::vector<const CLI::App*> apps{&app_};
  const bool any = command_name().empty();
  for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; }))
    if (any || command->parsed()) apps.push_back(command);
  std::vector<std::string> names;
  for (const CLI::App* app : apps)
    for (const CLI::Option* option : app->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

Error Parser::unexpected() const {
  const auto left = app_.remaining(true);
  const std::string first = clean_text(left.empty() ? std::string() : left.front());
  const std::string command = command_name();
  if (looks_like_ticket(first)) return usage_error("a ticket is not expected here", command);
  if (first.starts_with('-'))
    return meant("unknown option " + first, first.substr(0, first.find('=')), option_names(), command);
  if (command.empty()) return no_command(first);
  return typed_error("\"" + first + "\" is not expected here", command);
}

Result<CommandLine> Parser::parse(std::vector<std::string> arguments, bool bare) {
  player_named_ = names_player(arguments);
  typed_ = arguments;
  if (auto ended = take(std::move(arguments))) return *ended;
  return result(bare);
}

std::optional<Result<CommandLine>> Parser::take(std::vector<std::string> arguments) {
  // CLI11 takes a vector from its end.
  std::ranges::reverse(arguments);
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return text(app_.help());
  } catch (const CLI::CallForAllHelp&) {
    return text(app_.help("", CLI::AppFormatMode::All));
  } catch (const CLI::CallForVersion& version) {
    return text(std::string(version.what()) + "\n");
  } catch (const CLI::ExtrasError&) {
    return unexpected();
  } catch (const CLI::ParseError& error) {
    return typed_error(clean_lines(error.what()), command_name());
  }
  return std::nullopt;
}

void Parser::require_nothing() {
  for (CLI::App* command : commands_of(app_))
    for (CLI::Option* option : command->get_options()) option->required(false);
}

std::vector<ConfigEntry> Parser::given() {
  std::vector<ConfigEntry> entries;
  for (const auto& row : option_table(app_)) {
    CLI::App* app = row.command.empty() ? &app_ : find_command(app_, row.command);
    const CLI::Option* option = find_key(*app, row.name);
    if (option->count() == 0) continue;
    auto values = option->results();
    // A flag that turns something off holds what it turns off.
    if (is_flag(*option)) values = {option->get_flag_value(row.name, values.back())};
    entries.push_back({row.command, row.name, std::move(values)});
  }
  return entries;
}

CommandLine Parser::text(std::string shown) const {
  CommandLine line = line_;
  line.command = ShowText{std::move(shown)};
  return line;
}

Result<CommandLine> Parser::result(bool bare) {
  const std::string command = command_name();
  if (command == "host") return host_line();
  if (command == "view") return view_line(bare);
  if (command.empty()) return menu_line();
  if (const auto control = app::control_command(command)) {
    control_.request.command = *control;
    for (const auto& piece : reply_code_) control_.request.code += piece;
    line_.command = control_;
  } else if (command == "repair")
    line_.command = repair_;
  else if (command == "doctor")
    line_.command = doctor_;
  else
    line_.command = demo_;
  return line_;
}

CommandLine Parser::menu_line() const {
  if (!environment_.on_terminal || line_.json) return text(app_.help());
  CommandLine line = line_;
  line.command = OpenMenu{app_.help(), typed_};
  return line;
}

Result<CommandLine> Parser::host_line() {
  const auto& screen = host_.screen;
  if (int{screen.monitor.has_value()} + int{screen.window.has_value()} +
          int{screen.virtual_size.has_value()} >
      1)
    return usage_error("only one of --monitor, --window and --virtual can be shared", "host");
  const auto& audio = host_.audio;
  if (audio.kind != app::AudioKind::kAuto && !(audio.only_apps.empty() && audio.excluded_apps.empty()))
    return usage_error("--app and --exclude-app go with --audio auto alone", "host");
  // A ticket that is to outlive the process does not expire unless that is asked for.
  if (host_.identity && !host_extras_.expires_given) host_.expires.reset();
  line_.command = host_;
  return line_;
}

Result<CommandLine> Parser::view_line(bool bare) {
  if (view_.to_stdout && line_.json)
    return usage_error("--stdout and --json both want standard output", "view");
  if (view_.to_stdout && environment_.output_is_terminal)
    return usage_error("--stdout writes a video stream, and standard output is a terminal: pipe it somewhere",
                       "view");
  const bool quiet = bare || view_.to_stdout;
  // A player that the configuration file names is for `view` as it is.
  if (quiet && !player_named_) view_.player = app::PlayerChoice::kNone;
  for (const auto& piece : view_extras_.ticket) view_.ticket += piece;
  if (looks_like_reply_code(view_.ticket)) return misplaced_reply_code();
  line_.ticket_from_input = view_.ticket == "-";
  if (line_.ticket_from_input) view_.ticket.clear();
  if (view_extras_.ticket.empty()) view_.ticket = environment_.ticket.value_or("");
  if (view_.ticket.empty() && !line_.ticket_from_input)
    return Error{"view wants the host's ticket",
                 "pixelpass view TICKET, or - to read it from standard input, or set PIXELPASS_TICKET",
                 ExitCode::kUsage};
  // Who reads the stream there has a terminal's line of its own.
  if (view_.to_stdout) line_.plain = true;
  line_.command = view_;
  return line_;
}

/// What it names is to be read by nobody.
void leave_out_config(std::vector<std::string>& arguments) {
  const auto word = std::ranges::find(arguments, std::string("--config"));
  if (word != arguments.end()) arguments.erase(word, std::min(word + 2, arguments.end()));
  std::erase_if(arguments, [](const std::string& argument) { return argument.starts_with("--config="); });
}

/// `config --init`: whatever is in the file, or in the way of one.
Result<CommandLine> init_line(const std::vector<std::string>& arguments, const Environment& environment,
                              const ConfigFile& file) {
  const ConfigText none;
  Environment without_file = environment;
  without_file.config_file.clear();
  Parser parser(without_file, none);
  std::vector<std::string> others = arguments;
  if (file.given) leave_out_config(others);
  if (auto ended = parser.take(std::move(others))) return *ended;
  CommandLine line;
  line.command = WriteConfig{file.file, config_template(option_table(parser.app()))};
  return line;
}

/// `config [COMMAND OPTION...]`: `arguments` without the word itself.
Result<CommandLine> report_line_for(const std::vector<std::string>& arguments, const Environment& environment,
                                    const ConfigFile& file, const ConfigText& text) {
  const ConfigText none;
  Environment without_file = environment;
  without_file.config_file.clear();
  Parser parser(without_file, none);
  // What would count is asked for, and nothing is to be done: neither a ticket nor a viewer's number is
  // needed.
  parser.require_nothing();
  if (auto ended = parser.take(arguments)) return *ended;
  const ConfigSources sources{file.file, is_there(file), text, parser.given(),
                              environment.ticket.has_value()};
  CommandLine line;
  const auto rows = option_table(parser.app());
  line.json = asks_for_json(arguments, environment);
  line.command = ShowText{line.json ? config_json(rows, sources) : config_report(rows, sources)};
  return line;
}

/// `generate KIND`, for who makes packages: in no help.
Result<CommandLine> generate_line(const std::vector<std::string>& arguments, const Environment& environment) {
  const ConfigText none;
  Parser parser(environment, none);
  const auto text =
      generated(arguments.size() == 2 ? arguments[1] : std::string(), command_table(parser.app()));
  if (!text)
    return Error{"generate wants one of man, bash, zsh, fish", "such as pixelpass generate man",
                 ExitCode::kUsage};
  CommandLine line;
  line.command = ShowText{*text};
  return line;
}

bool is_config(const std::vector<std::string>& arguments) {
  return command_in(arguments) == "config" && std::ranges::none_of(arguments, shows_text);
}

Result<CommandLine> parse_config(std::vector<std::string> arguments, const Environment& environment,
                                 const ConfigFile& file, const ConfigText& text) {
  const auto word = std::ranges::find(arguments, std::string("config"));
  const bool bare_word = std::ranges::none_of(word + 1, arguments.end(), is_command);
  if (!bare_word) arguments.erase(word);
  return report_line_for(arguments, environment, file, text);
}

/// The file, checked. Without a look at it where text is shown: help is there whatever the file is.
Result<ConfigText> checked_config(const std::vector<std::string>& arguments, const std::string& command,
                                  const Environment& environment, const ConfigFile& file) {
  if (std::ranges::any_of(arguments, shows_text)) return ConfigText{};
  auto text = load_config(file);
  if (!text) return text;
  const ConfigText none;
  Parser scratch(environment, none);
  if (auto error = check_config(scratch.app(), *text, file.file, command)) return *error;
  return text;
}

}  // namespace

Result<CommandLine> parse(const std::vector<std::string>& arguments, const Environment& environment) {
  if (!arguments.empty() && arguments.front() == "generate") return generate_line(arguments, environment);
  const ConfigFile file = config_file_for(arguments, environment);
  const bool init = std::ranges::find(arguments, std::string("--init")) != arguments.end();
  if (is_config(arguments) && init) return init_line(arguments, environment, file);
  if (!arguments.empty() && looks_like_reply_code(arguments.front())) return misplaced_reply_code();
  if (misspells_command(arguments)) return no_command(clean_text(arguments.front()));
  std::vector<std::string> expanded = arguments;
  // --repair is another way to write that command.
  if (std::ranges::none_of(arguments, is_command))
    std::ranges::replace(expanded, std::string("--repair"), std::string("repair"));
  const bool bare = is_bare_ticket(expanded);
  if (bare)
    expanded.insert(expanded.begin(), "view");
  else if (is_bare_host(expanded, environment))
    expanded.insert(expanded.begin(), "host");
  const auto text = checked_config(arguments, command_in(expanded), environment, file);
  if (!text) return text.error();
  if (is_config(expanded)) return parse_config(std::move(expanded), environment, file, *text);
  return Parser(environment, *text).parse(std::move(expanded), bare);
}

bool asks_for_json(const std::vector<std::string>& arguments, const Environment& environment) {
  if (std::ranges::find(arguments, "--json") != arguments.end()) return true;
  const auto text = load_config(config_file_for(arguments, environment));
  return text && std::ranges::any_of(text->entries, [](const ConfigEntry& entry) {
           return entry.section.empty() && entry.key == "json" &&
                  entry.values == std::vector<std::string>{"true"};
         });
}

}  // namespace pixelpass::cli
