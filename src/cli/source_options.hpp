#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace pixelpass::cli {

// Options for what is shared: each function adds options that write into its argument when the command line
// is parsed. The argument outlives the parsing.

void add_source(CLI::App& command, app::SourceKind& source);
void add_screen_options(CLI::App& command, app::ScreenOptions& screen);
void add_picture_options(CLI::App& command, app::PictureOptions& picture);
void add_audio_options(CLI::App& command, app::AudioOptions& audio);

/// The "size", "fps" or "bitrate" that --quality implies with this word, as it could be typed; nullopt: none.
std::optional<std::string> quality_figure(const std::string& quality, const std::string& option);

}  // namespace pixelpass::cli
