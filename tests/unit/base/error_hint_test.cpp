#include "source_tree.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass {
namespace {

using ::testing::IsEmpty;

/// What tells of something that went well, where nothing is left to be done.
const std::set<std::string> kGoodNews = {
    R"("your line carries the whole picture again")",
    R"("the screen stays the one it was: the choice of another one was taken back")",
};

/// How long what begins at `at` is, where it is no code: a comment, a string, a character.
std::size_t length_of_other(std::string_view source, std::size_t at) {
  static const std::regex kComment("//[^\n]*");
  static const std::regex kQuoted(R"("([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)')");
  if (std::string_view("/R\"'").find(source[at]) == std::string_view::npos) return 0;
  const auto rest = source.substr(at);
  if (rest.starts_with("R\"(")) return rest.find(")\"") + 2;
  std::cmatch match;
  for (const auto* kind : {&kComment, &kQuoted})
    if (std::regex_search(rest.begin(), rest.end(), match, *kind, std::regex_constants::match_continuous))
      return static_cast<std::size_t>(match.length());
  return 0;
}

/// Of the same length, with blanks for what is no code.
std::string structure_of(std::string_view source) {
  std::string structure(source);
  for (std::size_t at = 0; at < source.size();) {
    const auto length = length_of_other(source, at);
    structure.replace(at, length, length, ' ');
    at += std::max<std::size_t>(length, 1);
  }
  return structure;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \n");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \n") - first + 1));
}

bool opens(char character) {
  return std::string_view("({[").find(character) != std::string_view::npos;
}

bool closes(char character) {
  return std::string_view(")}]").find(character) != std::string_view::npos;
}

/// The items between the bracket at `open` and its end.
std::vector<std::string> items_at(std::string_view source, std::string_view structure, std::size_t open) {
  std::vector<std::string> items;
  std::size_t begin = open + 1;
  int depth = 0;
  for (std::size_t at = begin; at < structure.size() && depth >= 0; ++at) {
    const char character = structure[at];
    if (opens(character)) ++depth;
    if (depth == 0 && (character == ',' || closes(character))) {
      items.push_back(trimmed(source.substr(begin, at - begin)));
      begin = at + 1;
    }
    if (closes(character)) --depth;
  }
  return items;
}

bool is_empty(const std::string& item) {
  return item == R"("")" || item == "{}" || item == "std::string()" || item == "std::string{}";
}

/// Whether these make an Error, or a Notice, of a text and nothing that helps.
bool is_without_hint(std::string_view before, const std::vector<std::string>& items) {
  if (items.size() < 2 || is_empty(items[0]) || kGoodNews.contains(items[0])) return false;
  if (std::none_of(items.begin() + 1, items.end(), is_empty)) return false;
  for (const auto& item : items)
    if (item == "ExitCode::kDone" || item == "ExitCode::kInterrupted") return false;
  for (const std::string_view made : {"Error", "Notice", "StartupError", "fail", "parse_launch"})
    if (before.ends_with(made)) return true;
  return before.ends_with("return ") && items[0].find('"') != std::string::npos;
}

std::vector<std::string> without_hint(const std::string& source) {
  const std::string structure = structure_of(source);
  std::vector<std::string> found;
  for (std::size_t at = 0; at < structure.size(); ++at) {
    if (structure[at] != '(' && structure[at] != '{') continue;
    const auto items = items_at(source, structure, at);
    if (is_without_hint(std::string_view(structure).substr(0, at), items)) found.push_back(items[0]);
  }
  return found;
}

TEST(ErrorHints, EveryErrorSaysWhatToDo) {
  for (const auto* root : {"src", "include"})
    for (const auto& file : sources_below(root)) EXPECT_THAT(without_hint(text_of(file)), IsEmpty()) << file;
}

TEST(ErrorHints, ErrorsWithoutOneAreNoticed) {
  for (const auto* source :
       {R"(return Error{"it broke", ""};)", R"(throw StartupError("no " + name(1, "a"), "");)",
        "throw StartupError(\"it\"\n    \" broke\",\n    \"\", ExitCode::kUsage);",
        R"(return {"it broke", ""};)", R"(tell(Notice{what + "," + why, {}});)",
        R"(parse_launch(text, "it cannot be", "");)", R"(throw StartupError(failure.why, "");)",
        R"(f('"'); fail("http://a, \" b", "");)"})
    EXPECT_THAT(without_hint(source), ::testing::SizeIs(1)) << source;
}

TEST(ErrorHints, OthersAreNot) {
  for (const auto* source :
       {R"(return Error{"it broke", "mend it"};)", R"(return {"interrupted", "", ExitCode::kInterrupted};)",
        R"(std::exchange(path_, "");)", R"(return Error{"a, \"b", "c"};)", R"(fail("http://a", "b");)",
        R"(// return Error{"it broke", ""};)", R"(Error why_{"", "", a};)",
        R"(return {"your line carries the whole picture again", ""};)"})
    EXPECT_THAT(without_hint(source), IsEmpty()) << source;
}

}  // namespace
}  // namespace pixelpass
