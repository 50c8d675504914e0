#include "cli/parser_errors.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "cli/option_kinds.hpp"
#include "cli/usage_errors.hpp"

#include <string_view>

namespace pixelpass::cli {
namespace {

/// The option with whose name the parser's sentence begins. Nullptr: it is about something else.
const CLI::Option* option_of(std::string_view sentence, std::span<const CLI::Option* const> options) {
  for (const CLI::Option* option : options) {
    const std::string name = option->get_name();
    if (name.empty() || !sentence.starts_with(name)) continue;
    const auto behind = sentence.substr(name.size());
    if (behind.starts_with(':') || behind.starts_with(' ')) return option;
  }
  return nullptr;
}

std::string value_of(const CLI::Option& option) {
  std::string type = option.get_type_name();
  const std::string& text = option.get_option_text();
  if (!type.empty()) return type;
  return text.empty() || text == " " ? "a value" : text;
}

std::string wrong_count(const CLI::Option& option) {
  const std::string name = option.get_name();
  if (option.count() > 1) return name + ": is given more than once, and takes one value";
  return name + ": wants " + value_of(option) + " behind it (" + option.get_description() + ")";
}

/// The error for a missing positional argument.
std::string missing(const CLI::Option& option, const std::string& command) {
  return command + " wants " + option.get_name() + " (" + option.get_description() + ")";
}

}  // namespace

Error parser_error(const CLI::ParseError& error, std::span<const CLI::Option* const> options,
                   const std::string& command,
                   const std::function<std::string(const CLI::Option&, const std::string& value)>& line_for) {
  constexpr std::string_view kNotConverted = "Could not convert: ";
  const std::string sentence = clean_lines(error.what());
  const CLI::Option* option = option_of(sentence, options);
  // Only flags are converted by the parser itself.
  if (sentence.starts_with(kNotConverted))
    option = option_of(std::string_view(sentence).substr(kNotConverted.size()), options);
  if (option == nullptr) return typed_error(sentence, command);
  const auto* const wrong_word = dynamic_cast<const WrongWord*>(&error);
  const auto line = line_for(*option, wrong_word == nullptr ? std::string() : wrong_word->meant());
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return usage_error(wrong_count(*option), command, line);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return usage_error(missing(*option, command), command, line);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr)
    return usage_error(option->get_name() + ": takes no value, or true or false", command, line);
  return typed_error(sentence, command, line);
}

}  // namespace pixelpass::cli
