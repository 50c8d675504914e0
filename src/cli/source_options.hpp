#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace pixelpass::cli {

// What is shared: each adds its options, which write into what it is given when the command line is parsed.
// That outlives the parsing.

void add_source(CLI::App& command, app::SourceKind& source);
void add_screen_options(CLI::App& command, app::ScreenOptions& screen);
void add_picture_options(CLI::App& command, app::PictureOptions& picture);
void add_audio_options(CLI::App& command, app::AudioOptions& audio);

/// What --quality with this word makes of "size", "fps" or "bitrate", as it could be typed; none: nothing.
std::optional<std::string> quality_figure(const std::string& quality, const std::string& option);

}  // namespace pixelpass::cli
