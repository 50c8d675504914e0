#include "cli/parser.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/ticket/reply_code.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "cli/arguments.hpp"
#include "cli/config_file.hpp"
#include "cli/exit_codes.hpp"
#include "cli/help_format.hpp"
#include "cli/option_table.hpp"
#include "cli/parser_errors.hpp"
#include "cli/usage_errors.hpp"
#include "cli/usage_examples.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr const char* kVersionText = "pixelpass " PIXELPASS_VERSION;

/// The commands' names, all or the first few: "view", "host, demo".
std::string names_of(const std::vector<const CLI::App*>& commands) {
  constexpr std::size_t kMostNamed = 3;
  std::string names;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (i == kMostNamed) return names + ", …";
    names += (names.empty() ? "" : ", ") + commands[i]->get_name();
  }
  return names;
}

/// The commands that take `option`, given with its dashes.
std::vector<const CLI::App*> commands_taking(const CLI::App& app, const std::string& option) {
  return app.get_subcommands(
      [&option](const CLI::App* command) { return command->get_option_no_throw(option) != nullptr; });
}

/// The option of this very command, or of every command. Null: there is none.
const CLI::Option* find_option(const CLI::App& command, const std::string& option) {
  const CLI::App* const program = command.get_parent();
  const CLI::Option* found = command.get_option_no_throw(option);
  return found == nullptr && program != nullptr ? program->get_option_no_throw(option) : found;
}

/// Whether it is all that the program is asked for: its help, or its version.
bool prints_text(const CLI::App& program, const std::string& option) {
  const auto is_it = [&option](const CLI::Option* one) { return one != nullptr && one->check_name(option); };
  return is_it(program.get_help_ptr()) || is_it(program.get_help_all_ptr()) ||
         is_it(program.get_version_ptr());
}

/// The command's name; empty: the program itself.
std::string name_of(const CLI::App& command) {
  return command.get_parent() == nullptr ? std::string() : command.get_name();
}

}  // namespace

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
  app_.set_help_all_flag("--help-all", "Print all options, of all commands without one")->group(kMoreOptions);
  app_.set_version_flag("--version", kVersionText, "Print the version")->group(kMoreOptions);
  app_.set_config("--config", environment_.config_file,
                  "Long options in TOML [~/.config/pixelpass/config.toml]")
      ->option_text("FILE");
  app_.config_formatter(std::make_shared<CommandConfig>(&app_, &config_));
  add_log_level(app_, line_.log_level)->group(kMoreOptions);
  app_.add_flag("--json", line_.json, "Events as JSON on standard output, one a line");
  app_.add_flag("--plain", line_.plain, "Lines alone: no menu or live view; for screen readers");
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

/// The options of the present command and of every command, or all if there is no command.
std::vector<const CLI::Option*> Parser::options_at_hand() const {
  std::vector<const CLI::App*> apps{&app_};
  const bool any = command_name().empty();
  for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; }))
    if (any || command->parsed()) apps.push_back(command);
  std::vector<const CLI::Option*> options;
  for (const CLI::App* app : apps)
    for (const CLI::Option* option : app->get_options()) options.push_back(option);
  return options;
}

std::vector<std::string> Parser::option_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : options_at_hand())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// Whether this command line would be accepted.
bool Parser::is_taken(std::vector<std::string> words) const {
  Parser scratch(environment_, config_);
  scratch.require_nothing();
  return !scratch.take(std::move(words));
}

/// The value typed behind `typed`, if `option`, which was meant, accepts it. Empty: use an example.
std::string Parser::kept_value(const CLI::App& command, const CLI::Option& option,
                               const std::string& typed) const {
  if (is_flag(option) || option.get_positional()) return {};
  const std::string name = "--" + option.get_lnames().front();
  const std::string value = value_behind(typed_, typed);
  const bool may_let_in = name == "--relay" || name == "--publish";
  if (may_let_in || !may_be_repeated(value)) return {};
  std::vector<std::string> words{name, value};
  if (command.get_parent() != nullptr) words.insert(words.begin(), command.get_name());
  return is_taken(std::move(words)) ? value : std::string();
}

/// The command line with the option that was meant by `typed`.
std::string Parser::line_with(const CLI::App& command, const std::string& option,
                              const std::string& typed) const {
  const CLI::Option* const found = find_option(command, option);
  if (found == nullptr) return {};
  return line_for(*found, name_of(command), kept_value(command, *found, typed), typed);
}

/// The command line with this value of the argument (empty: an example's) in place of the wrong one.
std::vector<std::string> Parser::with_argument(const CLI::Option& argument, const std::string& value) const {
  auto words = typed_;
  if (!argument.results().empty())
    std::ranges::replace(words, argument.results().back(),
                         value.empty() ? example_value(typed_name(argument)) : value);
  return words;
}

/// The command line with this value of the option (empty: an example's), if it would be accepted.
std::string Parser::line_for(const CLI::Option& option, const std::string& command, const std::string& value,
                             const std::string& typed) const {
  auto example = example_line(option, command, value);
  const std::string name = typed_name(option);
  if (command.empty() || has_own_line(name)) return example;
  if (option.get_positional()) {
    const auto whole = line_of(with_argument(option, value), command);
    return whole.empty() ? example : whole;
  }
  const bool has_value = !is_flag(option);
  const std::string given = value.empty() && has_value ? example_value(name) : value;
  std::vector<std::string> instead{name};
  if (!given.empty()) instead.push_back(given);
  const auto whole = line_of(with_instead(typed_, typed, has_value, std::move(instead)), command);
  return whole.empty() ? example : whole;
}

/// The command line without the option, if that would be accepted.
std::string Parser::line_without(const std::string& option, bool has_value,
                                 const std::string& command) const {
  const auto rest = line_of(with_instead(typed_, option, has_value, {}), command);
  return rest.empty() ? example_line(command) : rest;
}

/// These words as a line, with the command first. Empty: it would be refused, or must not be repeated.
std::string Parser::line_of(std::vector<std::string> words, const std::string& command) const {
  if (is_trial_ || names_option(words, "--relay") || names_option(words, "--publish")) return {};
  if (const auto at = std::ranges::find(words, command); at != words.end()) words.erase(at);
  words.insert(words.begin(), command);
  std::string line = "pixelpass";
  for (const std::string& word : words) {
    const bool is_ticket = looks_like_ticket(word);
    if (!is_ticket && !may_be_repeated(word)) return {};
    line += " " + (is_ticket ? "TICKET" : word);
  }
  Parser scratch(environment_, config_);
  scratch.is_trial_ = true;
  if (!scratch.parse(std::move(words), false)) return {};
  return scratch.has_pieces() ? std::string() : line;
}

/// Whether there are pieces that a chat has split: these are not repeated, as only the first one looks like a
/// secret.
bool Parser::has_pieces() const {
  return view_extras_.ticket.size() > 1 || reply_code_.size() > 1;
}

Error Parser::misplaced_option(const std::string& option, const std::vector<const CLI::App*>& takers) const {
  const std::string command = command_name();
  const std::string others = option + " is an option of " + names_of(takers);
  const auto own =
      std::ranges::find(takers, command, [](const CLI::App* taker) { return taker->get_name(); });
  const auto example = [&](const CLI::App* taker) { return line_with(*taker, option, option); };
  if (command.empty()) return typed_error(others + ": name one", "", example(takers.front()));
  if (own == takers.end())
    // The hint does not use the other command: someone who wanted to watch must not share.
    return typed_error(others + ", not of " + command, command,
                       line_without(option, !is_flag(*find_option(*takers.front(), option)), command));
  const auto whole = line_of(typed_, command);
  return typed_error(option + " goes behind " + command, command, whole.empty() ? example(*own) : whole);
}

Error Parser::unknown_option(const std::string& typed) const {
  const std::string option = typed.substr(0, typed.find('='));
  const std::string command = command_name();
  if (const auto takers = commands_taking(app_, option); !takers.empty())
    return misplaced_option(option, takers);
  return meant("unknown option " + option, option, option_names(), command, [&](const std::string& near) {
    if ((command.empty() || is_command_assumed_) && prints_text(app_, near)) return "pixelpass " + near;
    if (!command.empty()) return line_with(*app_.get_subcommands().front(), near, option);
    const auto takers = commands_taking(app_, near);
    return line_with(takers.empty() ? app_ : *takers.front(), near, option);
  });
}

Error Parser::no_command(const std::vector<std::string>& typed, const std::string& wrong) const {
  return cli::no_command(clean_text(wrong), [&](const std::string& command) {
    auto words = typed;
    std::erase(words, wrong);
    const auto whole = line_of(std::move(words), command);
    return whole.empty() ? example_line(command) : whole;
  });
}

Error Parser::unexpected() const {
  const auto left = app_.remaining(true);
  const std::string word = left.empty() ? std::string() : left.front();
  const std::string first = clean_text(word);
  const std::string command = command_name();
  if (looks_like_ticket(first))
    return usage_error("a ticket is not expected here", command, "pixelpass view TICKET");
  if (first.starts_with('-')) return unknown_option(first);
  if (command.empty()) return no_command(typed_, word);
  return typed_error("\"" + first + "\" is not expected here", command);
}

Result<CommandLine> Parser::parse(std::vector<std::string> arguments, bool bare) {
  if (auto ended = take(std::move(arguments))) return *ended;
  return result(bare);
}

std::optional<Result<CommandLine>> Parser::take(std::vector<std::string> arguments) {
  typed_ = arguments;
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
    const auto command = command_name();
    return parser_error(error, options_at_hand(), command,
                        [&](const CLI::Option& option, const std::string& value) {
                          return line_for(option, command, value, typed_name(option));
                        });
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
    // A flag that turns something off stores the opposite value.
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
    if (auto clash = control_clash()) return *std::move(clash);
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
  if (auto clash = host_clash()) return *std::move(clash);
  // The ticket of a stored identity does not expire unless that is asked for.
  if (host_.identity && !host_extras_.expires_given) host_.expires.reset();
  line_.command = host_;
  return line_;
}

Result<CommandLine> Parser::view_line(bool bare) {
  const bool quiet = bare || view_.to_stdout;
  // A player in the configuration file is for plain `view`.
  if (quiet && !names_option(typed_, "--player")) view_.player = app::PlayerChoice::kNone;
  if (auto clash = view_clash()) return *std::move(clash);
  // A file named in the configuration is used for everything that is watched.
  view_.keeps_recordings = view_.record && !names_option(typed_, "--record");
  for (const auto& piece : view_extras_.ticket) view_.ticket += piece;
  if (looks_like_reply_code(view_.ticket)) return misplaced_reply_code();
  line_.ticket_from_input = view_.ticket == "-";
  if (line_.ticket_from_input) view_.ticket.clear();
  if (view_extras_.ticket.empty()) view_.ticket = environment_.ticket.value_or("");
  if (view_.ticket.empty() && !line_.ticket_from_input)
    return Error{"view wants the host's ticket",
                 "pixelpass view TICKET, or - to read it from standard input, or set PIXELPASS_TICKET",
                 ExitCode::kUsage};
  // The stream's reader on standard output has its own status line on the terminal.
  if (view_.to_stdout) line_.plain = true;
  line_.command = view_;
  return line_;
}

}  // namespace pixelpass::cli
