#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// Arguments of `host` and `view` that are not among their own options.
struct HostExtras {
  bool expires_given = false;
};
struct ViewExtras {
  std::vector<std::string> ticket;  ///< positional; in pieces where a chat broke it
};

struct ConfigExtras {
  bool init = false;
};

/// `--log-level`, which every command takes.
CLI::Option* add_log_level(CLI::App& app, std::string& level);
/// Each adds its command's options, which write into `options` when the command line is parsed. Both
/// references outlive the parsing.
void add_host_options(CLI::App& command, app::HostOptions& options, HostExtras& extras);
void add_view_options(CLI::App& command, app::ViewOptions& options, ViewExtras& extras);
void add_demo_options(CLI::App& command, app::DemoOptions& options);
void add_doctor_options(CLI::App& command, app::DoctorOptions& options);
void add_repair_options(CLI::App& command, app::RepairOptions& options);
void add_config_options(CLI::App& command, ConfigExtras& extras);
/// Several commands write into the same object: only one is on the command line.
void add_control_options(CLI::App& command, app::ControlCommand kind, app::ControlOptions& options,
                         std::vector<std::string>& reply_code);

}  // namespace pixelpass::cli
