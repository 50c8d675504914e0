#pragma once

#include "pixelpass/cli/command_line.hpp"

#include "cli/command_options.hpp"
#include "cli/config_text.hpp"
#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// The parser and the objects that it writes into. Neither copied nor moved, since options point into them.
class Parser {
 public:
  /// `config` outlives it.
  Parser(const Environment& environment, const ConfigText& config);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// `bare`: a ticket alone.
  Result<CommandLine> parse(std::vector<std::string> arguments, bool bare);
  /// Only parses the arguments; nullopt: they are valid.
  std::optional<Result<CommandLine>> take(std::vector<std::string> arguments);
  CLI::App& app() { return app_; }
  /// Allows commands without the arguments that they need.
  void require_nothing();
  /// The command among the arguments was not typed.
  void assume_command() { is_command_assumed_ = true; }
  /// The error for an unknown command `wrong`, with the line `typed` and a likely command in its place, or an
  /// example of that command alone.
  [[nodiscard]] Error no_command(const std::vector<std::string>& typed, const std::string& wrong) const;
  /// The options that were on the command line.
  std::vector<ConfigEntry> given();

 private:
  void add_global_options();
  void add_commands();
  [[nodiscard]] std::string command_name() const;
  [[nodiscard]] std::vector<const CLI::Option*> options_at_hand() const;
  [[nodiscard]] std::vector<std::string> option_names() const;
  [[nodiscard]] bool is_taken(std::vector<std::string> words) const;
  [[nodiscard]] std::string kept_value(const CLI::App& command, const CLI::Option& option,
                                       const std::string& typed) const;
  [[nodiscard]] std::string line_with(const CLI::App& command, const std::string& option,
                                      const std::string& typed) const;
  [[nodiscard]] std::string line_of(std::vector<std::string> words, const std::string& command) const;
  [[nodiscard]] bool has_pieces() const;
  [[nodiscard]] std::vector<std::string> with_argument(const CLI::Option& argument,
                                                       const std::string& value) const;
  [[nodiscard]] std::string line_for(const CLI::Option& option, const std::string& command,
                                     const std::string& value, const std::string& typed) const;
  [[nodiscard]] std::string line_without(const std::string& option, bool has_value,
                                         const std::string& command) const;
  [[nodiscard]] Error misplaced_option(const std::string& option,
                                       const std::vector<const CLI::App*>& takers) const;
  [[nodiscard]] Error unknown_option(const std::string& typed) const;
  [[nodiscard]] Error unexpected() const;
  Result<CommandLine> result(bool bare);
  [[nodiscard]] std::string retyped(const std::string& option) const;
  [[nodiscard]] std::string line_of_screen(const CLI::Option& screen, const std::string& value) const;
  [[nodiscard]] std::string host_line_with(const std::string& option, const std::string& value,
                                           const std::string& otherwise) const;
  [[nodiscard]] std::optional<Error> screen_clash() const;
  [[nodiscard]] std::optional<Error> audio_clash() const;
  [[nodiscard]] std::optional<Error> host_clash() const;
  Result<CommandLine> host_line();
  [[nodiscard]] std::optional<Error> output_clash() const;
  [[nodiscard]] std::optional<Error> view_clash() const;
  [[nodiscard]] std::optional<Error> control_clash() const;
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
  bool is_command_assumed_ = false;
  bool is_trial_ = false;  ///< of a line for a hint: nobody reads the hints of its own
  ConfigExtras config_extras_;
  std::vector<std::string> reply_code_;  ///< positional; in pieces where a chat broke it
  CLI::App app_{"Show your screen to a friend: peer to peer, one ticket.", "pixelpass"};
};

}  // namespace pixelpass::cli
