#include "cli/option_kinds.hpp"

#include "cli/did_you_mean.hpp"

#include <utility>

namespace pixelpass::cli {

CLI::Option* add_parsed(CLI::App& command, const std::string& name, const std::string& type,
                        const std::string& accepted, const std::string& help,
                        std::function<bool(const std::string&)> take) {
  const auto apply = [name, accepted, take = std::move(take)](const std::string& text) {
    if (!take(text)) throw CLI::ValidationError(name, "wants " + accepted + ", not \"" + text + "\"");
  };
  return command.add_option_function<std::string>(name, apply, help)->type_name(type);
}

namespace {

std::string no_choice(const std::string& text, const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  const std::string near = did_you_mean(text, words);
  return "wants one of " + all + ", not \"" + text + "\"" +
         (near.empty() ? "" : "; did you mean " + near + "?");
}

}  // namespace

WrongWord::WrongWord(const std::string& option, const std::string& typed,
                     const std::vector<std::string>& words)
    : CLI::ValidationError(option, no_choice(typed, words)), meant_(did_you_mean(typed, words)) {}

}  // namespace pixelpass::cli
