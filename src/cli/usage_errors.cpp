#include "cli/usage_errors.hpp"

#include "pixelpass/ticket/reply_code.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "cli/arguments.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/hide_relays.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::cli {

Error usage_error(std::string what, const std::string& command, const std::string& line) {
  const std::string help = command.empty() ? "pixelpass --help" : "pixelpass " + command + " --help";
  if (line == help) return {std::move(what), "type " + line, ExitCode::kUsage};
  return {std::move(what), (line.empty() ? "" : "type " + line + ", or ") + "see " + help, ExitCode::kUsage};
}

Error typed_error(const std::string& what, const std::string& command, const std::string& line) {
  const bool repeats_nothing = what.starts_with("--relay: ") || what.starts_with("--publish: ");
  return usage_error(repeats_nothing ? what : hide_relays(what), command, line);
}

Error meant(const std::string& what, const std::string& typed, std::span<const std::string> words,
            const std::string& command, const std::function<std::string(const std::string&)>& line_with) {
  const std::string near = did_you_mean(typed, words);
  if (near.empty()) return typed_error(what, command);
  return typed_error(what + "; did you mean " + near + "?", command, line_with(near));
}

Error no_command(const std::string& word, const std::function<std::string(const std::string&)>& line_with) {
  return meant("\"" + word + "\" is neither a command nor a ticket", word, command_names(), "", line_with);
}

bool may_be_repeated(const std::string& word) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kPlain = "%+,-./:=@_";
  const auto plain = [=](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  };
  return !word.empty() && word.size() <= kLongest && std::ranges::all_of(word, plain) &&
         hide_relays(word) == word && !looks_like_ticket(word) && !looks_like_reply_code(word);
}

Error misplaced_reply_code() {
  return {"a reply code is for the host that runs, not for watching",
          "on the machine that shares: pixelpass reply CODE", ExitCode::kUsage};
}

}  // namespace pixelpass::cli
