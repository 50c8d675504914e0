#pragma once

#include "pixelpass/base/error.hpp"

#include <functional>
#include <span>
#include <string>

namespace pixelpass::cli {

/// `command`: the command whose help is named; empty: the program. `line`: a command line that would be
/// accepted, if there is one.
Error usage_error(std::string what, const std::string& command, const std::string& line = {});
/// A usage error that repeats what was typed, in the parser's words or ours. Errors about `--relay` repeat
/// nothing.
Error typed_error(const std::string& what, const std::string& command, const std::string& line = {});
/// A usage error about a word that may be a typo; `line_with`: makes the command line with another word in
/// its place.
Error meant(const std::string& what, const std::string& typed, std::span<const std::string> words,
            const std::string& command, const std::function<std::string(const std::string&)>& line_with);
/// Whether a hint may repeat this word of the command line: it needs no quotes and is no secret.
bool may_be_repeated(const std::string& word);
/// `line_with`: as for meant(), with a command.
Error no_command(const std::string& word, const std::function<std::string(const std::string&)>& line_with);
/// The error for a reply code in the wrong place: it comes from the friend who could not get in, and belongs
/// to the host.
Error misplaced_reply_code();

}  // namespace pixelpass::cli
