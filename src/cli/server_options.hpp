#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <vector>

namespace pixelpass::cli {

// Servers that help two to get to each other; see source_options.hpp.

/// Adds --relay, whose errors repeat nothing of the value, since that contains a secret.
void add_relays(CLI::App& command, std::vector<traversal::RelayServer>& relays);
void add_stun(CLI::App& command, std::vector<traversal::StunServer>& servers);
/// Adds --publish; likewise.
void add_publish(CLI::App& command, std::vector<publish::Target>& targets);

}  // namespace pixelpass::cli
