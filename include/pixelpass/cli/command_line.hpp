#pragma once

#include "pixelpass/app/control/control.hpp"
#include "pixelpass/app/demo/demo.hpp"
#include "pixelpass/app/doctor/doctor.hpp"
#include "pixelpass/app/host/host.hpp"
#include "pixelpass/app/repair/repair.hpp"
#include "pixelpass/app/view/view.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::cli {

/// The parts of the environment that the command line depends on.
struct Environment {
  std::optional<std::string> ticket;  ///< PIXELPASS_TICKET
  std::string config_file;            ///< read when it exists; empty: none
  bool on_terminal = false;           ///< standard input and output
  bool output_is_terminal = false;    ///< standard output
};
Environment process_environment();

/// Help or version: only to be printed.
struct ShowText {
  std::string text;
};

/// A terminal without a command: the user is there to choose one.
struct OpenMenu {
  std::string help;                  ///< where nobody can be asked: in the background
  std::vector<std::string> options;  ///< as they were typed; they hold for what is chosen
};

/// `config --init`: `text` is to be written into a new file.
struct WriteConfig {
  std::string file;  ///< empty: nobody knows where
  std::string text;
};

struct CommandLine {
  bool json = false;
  bool plain = false;  ///< lines alone, where the menu, the live view or a line that is written over would be
  std::string log_level = "warn";
  bool ticket_from_input = false;  ///< `view -`: the ticket is still to be read from standard input
  std::variant<ShowText, OpenMenu, WriteConfig, app::HostOptions, app::ViewOptions, app::DemoOptions,
               app::RepairOptions, app::DoctorOptions, app::ControlOptions>
      command;
};

/// Pure, except that it reads the configuration file. An error is a usage error: one sentence, and a hint.
/// `arguments`: without the program's name.
Result<CommandLine> parse(const std::vector<std::string>& arguments, const Environment& environment);

/// Whether `--json` was asked for, here or in the configuration file, whatever is wrong with the rest.
bool asks_for_json(const std::vector<std::string>& arguments,
                   const Environment& environment = process_environment());

}  // namespace pixelpass::cli
