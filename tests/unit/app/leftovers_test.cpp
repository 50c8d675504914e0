#include "pixelpass/app/repair/leftovers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using capture::PipeWireKind;
using capture::PipeWireObject;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Fate fate(const std::string& tag, bool runs) {
  return fate_of({"node", 7, "name", tag}, [runs](const Owner& owner) {
    EXPECT_EQ(owner, (Owner{12, 345}));
    return runs;
  });
}

TEST(LeftoverTest, goes_only_when_its_very_process_has_gone) {
  EXPECT_EQ(fate("12-345", false), Fate::kRemove);
  EXPECT_EQ(fate("12-345", true), Fate::kOwnerRuns);
}

TEST(LeftoverTest, stays_when_its_tag_cannot_be_read) {
  for (const char* tag : {"", "12", "12-", "-345", "12-345 ", "v2:12-345", "12-345-6", "0-345"})
    EXPECT_EQ(fate(tag, false), Fate::kUnreadable) << tag;
}

PipeWireObject object(std::uint32_t id, PipeWireKind kind, const char* name, const char* tag = nullptr) {
  PipeWireObject made{id, kind, {{"node.name", name}}};
  if (tag != nullptr) made.properties[kOwnerProperty] = tag;
  return made;
}

TEST(TaggedObjectsTest, are_those_with_our_property_links_before_the_nodes_they_go_with) {
  const auto tagged = tagged_objects({object(1, PipeWireKind::kNode, "ours", "1-2"),
                                      object(2, PipeWireKind::kNode, "pixelpass"),
                                      object(3, PipeWireKind::kLink, "between", "1-2"),
                                      object(4, PipeWireKind::kModule, "null-sink", "1-2")});
  std::vector<std::uint32_t> ids;
  ids.reserve(tagged.size());
  for (const auto& one : tagged) ids.push_back(one.id);
  EXPECT_THAT(ids, ElementsAre(3, 4, 1));
  EXPECT_EQ(tagged.back().kind, "node");
  EXPECT_EQ(tagged.back().name, "ours");
  EXPECT_EQ(tagged.back().owner, "1-2");
}

TEST(TaggedObjectsTest, a_client_is_none_it_goes_with_its_process) {
  EXPECT_THAT(tagged_objects({object(1, PipeWireKind::kClient, "client", "1-2")}), IsEmpty());
}

TEST(ConnectedOwnersTest, are_those_of_clients_alone) {
  const auto owners = connected_owners({object(1, PipeWireKind::kClient, "client", "1-2"),
                                        object(2, PipeWireKind::kClient, "somebody else's"),
                                        object(3, PipeWireKind::kNode, "left behind", "3-4")});
  EXPECT_TRUE(owners.contains("1-2"));
  EXPECT_FALSE(owners.contains("3-4"));
}

class TaggedFoldersTest : public ::testing::Test {
 protected:
  TaggedFoldersTest() {
    std::string name = fs::temp_directory_path() / "pixelpass-XXXXXX";
    parent_ = mkdtemp(name.data());
  }
  ~TaggedFoldersTest() override { fs::remove_all(parent_); }

  fs::path parent_;
};

TEST_F(TaggedFoldersTest, are_real_folders_with_a_tag_for_a_name) {
  fs::create_directory(parent_ / "1-2");
  fs::create_directory(parent_ / "something else");
  std::ofstream(parent_ / "3-4") << "a file";
  fs::create_directory_symlink("/", parent_ / "5-6");
  const auto folders = tagged_folders(parent_);
  ASSERT_EQ(folders.size(), 1U);
  EXPECT_EQ(folders.front().kind, "folder");
  EXPECT_EQ(folders.front().name, parent_ / "1-2");
  EXPECT_EQ(folders.front().owner, "1-2");
}

TEST_F(TaggedFoldersTest, among_temporary_files_are_this_users_alone) {
  for (const char* name : {"pixelpass-1-2-aB3dE6", "pixelpass-7-8-aB3dE6", "pixelpass-0", "pixelpass-aB3dE6",
                           "pixelpass-control-aB3dE6", "pixelpass-1-2", "1-2-aB3dE6", "pixelpass-2026-11-30",
                           "pixelpass-1-2-build", "pixelpass-1-2-a.3dE6", "pixelpass-5-2-aB3dE6"}) {
    fs::create_directory(parent_ / name);
    fs::permissions(parent_ / name, fs::perms::owner_all);
  }
  fs::permissions(parent_ / "pixelpass-7-8-aB3dE6", fs::perms::all);
  fs::permissions(parent_ / "pixelpass-5-2-aB3dE6", fs::perms::owner_all | fs::perms::others_read);
  std::ofstream(parent_ / "pixelpass-3-4-aB3dE6") << "a file";
  fs::create_directory_symlink(parent_ / "pixelpass-1-2-aB3dE6", parent_ / "pixelpass-5-6-aB3dE6");
  const auto folders = temporary_leftovers(parent_);
  ASSERT_EQ(folders.size(), 1U);
  EXPECT_EQ(folders.front().kind, "folder");
  EXPECT_EQ(folders.front().name, parent_ / "pixelpass-1-2-aB3dE6");
  EXPECT_EQ(folders.front().owner, "1-2");
  EXPECT_THAT(temporary_leftovers(parent_ / "missing"), IsEmpty());
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown((parent_ / "pixelpass-1-2-aB3dE6").c_str(), 65534, 65534), 0);
  EXPECT_THAT(temporary_leftovers(parent_), IsEmpty());
}

TEST_F(TaggedFoldersTest, are_none_without_a_parent_or_where_it_leads_elsewhere) {
  fs::create_directory(parent_ / "1-2");
  fs::create_directory_symlink(parent_, parent_ / "link");
  EXPECT_THAT(tagged_folders(parent_ / "link"), IsEmpty());
  EXPECT_THAT(tagged_folders(parent_ / "missing"), IsEmpty());
  EXPECT_THAT(tagged_folders({}), IsEmpty());
}

}  // namespace
}  // namespace pixelpass::app
