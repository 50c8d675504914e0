#pragma once

#include "pixelpass/base/error.hpp"

#include <span>
#include <string>

namespace pixelpass::cli {

/// `command`: whose help is named; empty: the program's.
Error usage_error(std::string what, const std::string& command);
/// A usage error that repeats what was typed, in the parser's words or ours. What `--relay` complains of
/// repeats nothing.
Error typed_error(const std::string& what, const std::string& command);
/// A usage error about a word that may be a slip of another.
Error meant(const std::string& what, const std::string& typed, std::span<const std::string> words,
            const std::string& command);
Error no_command(const std::string& word);
/// It comes from the friend who could not get in, and belongs to the host.
Error misplaced_reply_code();

}  // namespace pixelpass::cli
