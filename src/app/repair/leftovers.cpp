#include "pixelpass/app/repair/leftovers.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/private_folder.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;
using capture::PipeWireKind;
using capture::PipeWireObject;

struct KindName {
  PipeWireKind kind;
  const char* name;
};
/// The kinds in the order of their removal. A client is a process, and ends by itself.
constexpr std::array<KindName, 3> kRemovable{{
    {PipeWireKind::kLink, "link"},
    {PipeWireKind::kModule, "module"},
    {PipeWireKind::kNode, "node"},
}};

std::string name_of(const PipeWireObject& object) {
  for (const char* key : {"node.name", "node.description", "module.name"})
    if (std::string name = object.property(key); !name.empty()) return name;
  if (object.kind != PipeWireKind::kLink) return {};
  return object.property("link.output.node") + " -> " + object.property("link.input.node");
}

/// Whether the folder is as mkdtemp makes it: private to its owner.
bool is_private(const fs::path& folder) {
  std::error_code error;
  const auto may = fs::symlink_status(folder, error).permissions();
  return !error && is_own_folder(folder) &&
         (may & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none;
}

}  // namespace

Fate fate_of(const Leftover& leftover, const std::function<bool(const Owner&)>& runs) {
  const auto owner = parse_owner_tag(leftover.owner);
  if (!owner) return Fate::kUnreadable;
  return runs(*owner) ? Fate::kOwnerRuns : Fate::kRemove;
}

std::vector<Leftover> tagged_objects(const std::vector<PipeWireObject>& objects) {
  std::vector<Leftover> tagged;
  for (const KindName& removable : kRemovable)
    for (const PipeWireObject& object : objects)
      if (object.kind == removable.kind && object.properties.contains(kOwnerProperty))
        tagged.push_back({removable.name, object.id, name_of(object), object.property(kOwnerProperty)});
  return tagged;
}

std::set<std::string> connected_owners(const std::vector<PipeWireObject>& objects) {
  std::set<std::string> owners;
  for (const PipeWireObject& object : objects)
    if (object.kind == PipeWireKind::kClient) owners.insert(object.property(kOwnerProperty));
  return owners;
}

std::vector<Leftover> tagged_folders(const fs::path& parent) {
  std::vector<Leftover> folders;
  std::error_code error;
  if (parent.empty() || !is_own_folder(parent)) return folders;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename();
    if (fs::is_directory(entry.symlink_status(error)) && parse_owner_tag(name))
      folders.push_back({"folder", 0, entry.path(), name});
  }
  std::ranges::sort(folders, {}, &Leftover::name);
  return folders;
}

std::vector<Leftover> temporary_leftovers(const fs::path& parent) {
  std::vector<Leftover> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    auto tag = owner_tag_in_name(entry.path());
    if (!tag.empty() && is_private(entry.path()))
      folders.push_back({"folder", 0, entry.path(), std::move(tag)});
  }
  std::ranges::sort(folders, {}, &Leftover::name);
  return folders;
}

fs::path runtime_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || *runtime != '/') return {};
  return fs::path(runtime) / "pixelpass";
}

}  // namespace pixelpass::app
