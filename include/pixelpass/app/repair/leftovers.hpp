#pragma once

#include "pixelpass/base/owner.hpp"
#include "pixelpass/capture/audio/pipewire_objects.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace pixelpass::app {

/// Something that a pixelpass has made, as its tag says: this process, another one, or one that was killed.
struct Leftover {
  std::string kind;      ///< "node", "link", "module": PipeWire's; "folder"
  std::uint32_t id = 0;  ///< PipeWire's number; a folder has none
  std::string name;      ///< the node's name; the folder's path
  std::string owner;     ///< the tag: "1234-567890"
};

enum class Fate : std::uint8_t {
  kRemove,      ///< the process that made it has gone
  kOwnerRuns,   ///< it is in use
  kUnreadable,  ///< no tag of ours that we can read: maybe a later version's
};

/// `runs`: whether that very process runs, like is_running().
Fate fate_of(const Leftover& leftover, const std::function<bool(const Owner&)>& runs);

/// PipeWire objects with our property, links first: links disappear with their nodes, before their turn would
/// come.
std::vector<Leftover> tagged_objects(const std::vector<capture::PipeWireObject>& objects);

/// The owners' tags of connected clients: these run, even if in another PID namespace, where their ids mean
/// nothing to us.
std::set<std::string> connected_owners(const std::vector<capture::PipeWireObject>& objects);

/// The folders in `parent` whose name is an owner's tag, except symbolic links. Empty if there is no
/// `parent`.
std::vector<Leftover> tagged_folders(const std::filesystem::path& parent);

/// The private folders in `parent`, the shared folder for temporary files: this user's only, and no symbolic
/// links.
std::vector<Leftover> temporary_leftovers(const std::filesystem::path& parent);

/// $XDG_RUNTIME_DIR/pixelpass, where each running pixelpass may have a folder named after its owner_tag();
/// empty without $XDG_RUNTIME_DIR.
std::filesystem::path runtime_folder();

}  // namespace pixelpass::app
