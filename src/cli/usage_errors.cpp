#include "cli/usage_errors.hpp"

#include "cli/arguments.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/hide_relays.hpp"

#include <utility>

namespace pixelpass::cli {

Error usage_error(std::string what, const std::string& command) {
  const std::string help = command.empty() ? "pixelpass --help" : "pixelpass " + command + " --help";
  return {std::move(what), "see " + help, ExitCode::kUsage};
}

Error typed_error(const std::string& what, const std::string& command) {
  return usage_error(
      what.starts_with("--relay: ") || what.starts_with("--publish: ") ? what : hide_relays(what), command);
}

Error meant(const std::string& what, const std::string& typed, std::span<const std::string> words,
            const std::string& command) {
  const std::string near = did_you_mean(typed, words);
  if (near.empty()) return typed_error(what, command);
  Error error = typed_error(what + "; did you mean " + near + "?", command);
  error.hint = "type " + near + ", or " + error.hint;
  return error;
}

Error no_command(const std::string& word) {
  return meant("\"" + word + "\" is neither a command nor a ticket", word, command_names(), "");
}

Error misplaced_reply_code() {
  return {"a reply code is for the host that runs, not for watching",
          "on the machine that shares: pixelpass reply CODE", ExitCode::kUsage};
}

}  // namespace pixelpass::cli
