#pragma once

#include "cli/option_table.hpp"
#include <CLI/CLI.hpp>

#include <charconv>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace pixelpass::cli {

/// What is accepted as a bitrate (parse_asked_bitrate()).
inline constexpr const char* kBitrates = "bits a second from 50k to 1000M, such as 6M, 800k or fixed:6M";

/// Adds an option whose text `take` parses; if that returns false, the error says what is accepted.
CLI::Option* add_parsed(CLI::App& command, const std::string& name, const std::string& type,
                        const std::string& accepted, const std::string& help,
                        std::function<bool(const std::string&)> take);

/// Stores what a parser of quantities.hpp understood.
template <class T>
bool store(T& into, const auto& parsed) {
  if (parsed) into = *parsed;
  return parsed.has_value();
}

/// A word that the option does not take, with the one that was probably meant; empty: none.
class WrongWord : public CLI::ValidationError {
 public:
  WrongWord(const std::string& option, const std::string& typed, const std::vector<std::string>& words);
  [[nodiscard]] const std::string& meant() const { return meant_; }

 private:
  std::string meant_;
};

/// Adds an option that takes one of a few words.
template <class T>
CLI::Option* add_choice(CLI::App& command, const std::string& name, const std::string& help, T& into,
                        const std::map<std::string, T>& choices) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& choice : choices) words.push_back(choice.first);
  const auto apply = [name, words, &into, choices](const std::string& text) {
    const auto found = choices.find(text);
    if (found == choices.end()) throw WrongWord(name, text, words);
    into = found->second;
  };
  auto* option = command.add_option_function<std::string>(name, apply, help)->type_name("WORD");
  set_choices(*option, words);
  return option;
}

/// Adds an option that takes a whole number in this range.
template <class T>
CLI::Option* add_number(CLI::App& command, const std::string& name, T least, T most, const std::string& help,
                        std::function<void(T)> take) {
  const std::string accepted = "a number from " + std::to_string(least) + " to " + std::to_string(most);
  return add_parsed(command, name, "N", accepted, help, [=](const std::string& text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    if (number < least || number > most) return false;
    take(number);
    return true;
  });
}

}  // namespace pixelpass::cli
