#include "source_tree.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace pixelpass {
namespace {

using Stages = std::map<std::string, std::set<std::string>>;

/// What each stage may include, itself too: what it is declared to use, and what those may.
const Stages& allowed() {
  static const Stages kAllowed = [] {
    Stages stages;
    for (const auto& stage : declared_stages()) {
      auto& may = stages[stage.name];
      may.insert(stage.name);
      for (const auto& used : stage.uses)
        if (const auto lower = stages.find(used); lower != stages.end())
          may.insert(lower->second.begin(), lower->second.end());
    }
    return stages;
  }();
  return kAllowed;
}

/// "capture" of src/capture/x11/x11_capture.cpp; empty: of no stage (main.cpp).
std::string stage_of(const fs::path& file, const fs::path& root) {
  const auto relative = fs::relative(file, source_folder() / root);
  return std::distance(relative.begin(), relative.end()) > 1 ? relative.begin()->string() : "";
}

struct Include {
  fs::path file;
  std::string by;      ///< the stage whose file includes
  std::string of;      ///< the stage whose header is included
  std::string header;  ///< as it is written
  bool door = false;   ///< of include/pixelpass
};

void add_includes(const fs::path& file, const std::string& by, std::vector<Include>& out) {
  static const std::regex kInclude("#include \"([^\"]+)\"");
  const std::string text = code_of(text_of(file));
  for (std::sregex_iterator at(text.begin(), text.end(), kInclude), end; at != end; ++at) {
    const std::string header = (*at)[1];
    const bool door = header.starts_with("pixelpass/");
    const std::string rest = door ? header.substr(sizeof("pixelpass/") - 1) : header;
    out.push_back({file, by, rest.substr(0, rest.find('/')), header, door});
  }
}

const std::vector<Include>& includes() {
  static const std::vector<Include> kIncludes = [] {
    std::vector<Include> all;
    for (const auto* root : {"include/pixelpass", "src"})
      for (const auto& file : sources_below(root)) add_includes(file, stage_of(file, root), all);
    return all;
  }();
  return kIncludes;
}

TEST(Layering, AStageIncludesOnlyWhatIsBelowIt) {
  ASSERT_GT(allowed().size(), 10U);
  ASSERT_GT(includes().size(), 300U);
  for (const auto& include : includes()) {
    if (include.by.empty()) continue;  // main.cpp may use what it wants
    EXPECT_TRUE(allowed().at(include.by).contains(include.of)) << include.file << ": " << include.header;
  }
}

TEST(Layering, WhatIsBehindADoorIsIncludedByItsOwnStageAlone) {
  for (const auto& include : includes()) {
    if (include.door) continue;
    EXPECT_EQ(include.by, include.of) << include.file << ": " << include.header;
  }
}

TEST(Layering, ADoorHoldsWhatOtherStagesUseAndNoMore) {
  std::set<std::string> used;
  std::map<std::string, std::set<std::string>> by_header;  // a door's header needs what it includes
  for (const auto& include : includes()) {
    if (!include.door) continue;
    if (include.by != include.of) used.insert(include.header);
    const auto own = fs::relative(include.file, source_folder() / "include").string();
    if (own.starts_with("pixelpass/")) by_header[own].insert(include.header);
  }
  for (bool more = true; more;) {
    const auto before = used.size();
    for (const auto& header : std::set(used)) used.insert(by_header[header].begin(), by_header[header].end());
    more = used.size() > before;
  }
  for (const auto& file : sources_below("include"))
    EXPECT_TRUE(used.contains(fs::relative(file, source_folder() / "include").string()))
        << file << " is used by its own stage alone: it belongs beside its .cpp";
}

}  // namespace
}  // namespace pixelpass
