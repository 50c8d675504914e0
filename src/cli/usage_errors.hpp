#pragma once

#include "pixelpass/base/error.hpp"

#include <functional>
#include <span>
#include <string>

namespace pixelpass::cli {

/// `command`: whose help is named; empty: the program's. `line`: a command line that would have been
/// accepted, where there is one to name.
Error usage_error(std::string what, const std::string& command, const std::string& line = {});
/// A usage error that repeats what was typed, in the parser's words or ours. What `--relay` complains of
/// repeats nothing.
Error typed_error(const std::string& what, const std::string& command, const std::string& line = {});
/// A usage error about a word that may be a slip of another; `line_with`: the command line with that other.
Error meant(const std::string& what, const std::string& typed, std::span<const std::string> words,
            const std::string& command, const std::function<std::string(const std::string&)>& line_with);
/// Whether a hint may have this word of the command line in it: it needs no quotes and lets nobody in.
bool may_be_repeated(const std::string& word);
/// `line_with`: as meant()'s, with a command.
Error no_command(const std::string& word, const std::function<std::string(const std::string&)>& line_with);
/// It comes from the friend who could not get in, and belongs to the host.
Error misplaced_reply_code();

}  // namespace pixelpass::cli
