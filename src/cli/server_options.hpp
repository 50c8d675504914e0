#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <vector>

namespace pixelpass::cli {

// Servers that help two to get to each other; see source_options.hpp.

/// Its complaints repeat nothing of the value: a secret is in it.
void add_relays(CLI::App& command, std::vector<traversal::RelayServer>& relays);
void add_stun(CLI::App& command, std::vector<traversal::StunServer>& servers);
/// As add_relays().
void add_publish(CLI::App& command, std::vector<publish::Target>& targets);

}  // namespace pixelpass::cli
