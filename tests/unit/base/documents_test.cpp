#include "source_tree.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace pixelpass {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using Names = std::set<std::string>;

/// README and every page below it.
std::vector<fs::path> pages() {
  std::vector<fs::path> found{source_folder() / "README.md"};
  for (const auto* root : {"src", "include", "tests", "cmake", "packaging"})
    for (const auto& entry : fs::recursive_directory_iterator(source_folder() / root))
      if (entry.path().extension() == ".md") found.push_back(entry.path());
  return found;
}

/// The first group of each match.
Names names_in(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  Names names;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

/// Between fences nothing is a link or a heading.
std::string prose_of(const std::string& page) {
  std::istringstream lines(page);
  std::string prose;
  bool fenced = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```"))
      fenced = !fenced;
    else if (!fenced)
      prose += line + '\n';
  }
  return prose;
}

/// What a page's headings are linked by: lower case, spaces to hyphens, without punctuation.
Names anchors_of(const fs::path& page) {
  Names anchors;
  for (const auto& heading : names_in(prose_of(text_of(page)), "\n#+ ([^\n]+)")) {
    std::string anchor;
    for (const char character : heading) {
      const auto byte = static_cast<unsigned char>(character);
      if (std::isalnum(byte) != 0 || byte == '-' || byte == '_')
        anchor += static_cast<char>(std::tolower(byte));
      if (byte == ' ') anchor += '-';
    }
    anchors.insert(anchor);
  }
  return anchors;
}

/// [words](target), src="target", href="target".
Names links_in(const fs::path& page) {
  return names_in(prose_of(text_of(page)), R"re((?:\]\(|src="|href=")([^)"\s]+))re");
}

bool leads_somewhere(const fs::path& page, const std::string& link) {
  const auto hash = link.find('#');
  const std::string file = link.substr(0, hash);
  const fs::path target = file.empty() ? page : page.parent_path() / file;
  return fs::exists(target) && (hash == link.npos || anchors_of(target).contains(link.substr(hash + 1)));
}

TEST(Documents, EveryRelativeLinkLeadsSomewhere) {
  std::size_t relative = 0;
  for (const auto& page : pages())
    for (const auto& link : links_in(page)) {
      if (link.find("://") != link.npos) continue;
      ++relative;
      EXPECT_TRUE(leads_somewhere(page, link)) << page << ": " << link;
    }
  EXPECT_GT(relative, 10U);
}

TEST(Documents, TheFirstPageIsShortAndBeginsWithWhatToType) {
  const auto text = text_of(source_folder() / "README.md");
  EXPECT_LE(std::ranges::count(text, '\n'), 100);
  EXPECT_GT(std::ranges::count(text, '\n'), 10);
  for (const auto* command : {"\npackaging/run.sh demo ", "\npackaging/test.sh "}) {
    const auto at = text.find(command);
    ASSERT_NE(at, text.npos) << command;
    EXPECT_LT(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'), 20) << command;
  }
}

/// As `src/app/EVENTS.md`, in words rather than as a link.
TEST(Documents, EveryPageThatIsNamedIsThere) {
  for (const auto& page : pages())
    for (const auto& name : names_in(text_of(page), "`((?:src|tests|packaging|cmake)/[A-Za-z0-9_/.]+)`"))
      EXPECT_TRUE(fs::exists(source_folder() / name) || fs::exists(source_folder() / (name + ".cpp")))
          << page << ": " << name;
}

TEST(Documents, TheMapNamesSourcesThatAreThere) {
  const auto names = names_in(text_of(source_folder() / "src/README.md"), "`([a-z_]+/[a-z0-9_/.]+)`");
  ASSERT_GT(names.size(), 30U);
  for (const std::string& name : names) {
    bool found = false;
    for (const auto* root : {"", "src/", "include/pixelpass/"})
      for (const auto* ending : {"", ".cpp", ".hpp"})
        found = found || fs::exists(source_folder() / (root + name + ending));
    EXPECT_TRUE(found) << name;
  }
}

TEST(Documents, TheFirstPageHasAReasonForEveryLibrary) {
  const auto cmake = text_of(source_folder() / "cmake/Dependencies.cmake");
  Names libraries = names_in(cmake, "pixelpass_find_bare\\((\\w+)");
  libraries.merge(names_in(cmake, "pixelpass_find\\(\\w+ \"(\\w+)"));
  libraries.merge(names_in(cmake, "pixelpass_missing\\(\"(\\w+)"));
  ASSERT_GT(libraries.size(), 10U);
  const auto page = text_of(source_folder() / "README.md");
  for (const auto& library : libraries)
    EXPECT_TRUE(std::regex_search(page, std::regex("\n\\| [^|\n]*" + library + "[^|\n]*\\| ...")))
        << "no row, or no reason: " << library;
}

/// Every word that the page has between backticks.
Names promised() {
  std::istringstream pieces(prose_of(text_of(source_folder() / "src/app/EVENTS.md")));
  std::string code;
  bool is_code = false;
  for (std::string piece; std::getline(pieces, piece, '`'); is_code = !is_code)
    if (is_code) code += piece + ' ';
  return names_in(code, "([a-z0-9_]+)");
}

std::string app_source(const char* file) {
  return code_of(text_of(source_folder() / "src/app" / file));
}

/// All of them that write events.
std::string event_sources() {
  std::string code;
  for (const auto& file : fs::directory_iterator(source_folder() / "src/app/events"))
    code += code_of(text_of(file.path()));
  return code;
}

TEST(EventsPage, HasEveryEvent) {
  const auto events = names_in(event_sources(), R"re((?:"event", |leftover_json\()"(\w+)")re");
  ASSERT_GT(events.size(), 20U);
  for (const auto& event : events) EXPECT_THAT(promised(), Contains(event));
}

TEST(EventsPage, HasEveryFieldOfEventsAndAnswers) {
  std::map<std::string, std::string> sources{{"events", event_sources()}};
  for (const auto* file : {"host/host_control.cpp", "host/host_journal.cpp", "control/control_message.cpp"})
    sources[file] = app_source(file);
  for (const auto& [file, source] : sources) {
    const auto fields = names_in(source, R"re((?:\{|\w\[)"([a-z_0-9]+)"(?:, |\]))re");
    ASSERT_THAT(fields, Not(IsEmpty())) << file;
    for (const auto& field : fields) EXPECT_THAT(promised(), Contains(field)) << file;
  }
}

TEST(EventsPage, HasEveryCommandOfTheSocket) {
  const auto header = text_of(source_folder() / "include/pixelpass/app/control/control_request.hpp");
  const auto commands = names_in(header, R"re(ControlCommand::k\w+, "(\w+)")re");
  ASSERT_GT(commands.size(), 10U);
  for (const auto& command : commands) EXPECT_THAT(promised(), Contains(command));
}

TEST(EventsPage, PromisesNoEventThatThereIsNot) {
  const auto page = text_of(source_folder() / "src/app/EVENTS.md");
  const auto listed = names_in(page.substr(0, page.find("## Speaking")), "\n\\| `(\\w+)` \\|");
  ASSERT_GT(listed.size(), 20U);
  for (const auto& event : listed) EXPECT_THAT(event_sources(), ::testing::HasSubstr('"' + event + '"'));
}

}  // namespace
}  // namespace pixelpass
