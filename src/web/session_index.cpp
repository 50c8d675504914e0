#include "web/session_index.hpp"

#include "web/session.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::web {

const std::vector<Session*>& SessionIndex::at(const Places& places, const net::Path& path) {
  static const std::vector<Session*> nobody;
  const auto found = places.find(path);
  return found == places.end() ? nobody : found->second;
}

void SessionIndex::erase(Places& places, const net::Path& path, Session& session) {
  const auto found = places.find(path);
  if (found == places.end()) return;
  std::erase(found->second, &session);
  if (found->second.empty()) places.erase(found);
}

void SessionIndex::add(Session& session) {
  names_[session.user_name()] = &session;
}

Session* SessionIndex::find(std::string_view user_name) const {
  const auto found = names_.find(user_name);
  return found == names_.end() ? nullptr : found->second;
}

void SessionIndex::update(Session& session) {
  const auto& entry = static_cast<const Entry&>(session);
  if (entry.changes_ != session.paths().changes()) update_paths(session);
  if (entry.place_ != session.path()) update_place(session);
}

void SessionIndex::update_paths(Session& session) {
  auto& entry = static_cast<Entry&>(session);
  entry.changes_ = session.paths().changes();
  auto before = std::exchange(entry.paths_, session.paths().all());
  for (const auto& path : before)
    if (!session.paths().knows(path)) erase(knowing_, path, session);
  for (const auto& path : entry.paths_)
    if (std::ranges::find(before, path) == before.end()) knowing_[path].push_back(&session);
}

void SessionIndex::update_place(Session& session) {
  const auto before = std::exchange(static_cast<Entry&>(session).place_, session.path());
  if (before) erase(at_host_, host_of(*before), session);
  at_host_[host_of(session.path())].push_back(&session);
}

void SessionIndex::remove(Session& session) {
  auto& entry = static_cast<Entry&>(session);
  if (const auto named = names_.find(session.user_name()); named != names_.end() && named->second == &session)
    names_.erase(named);
  for (const auto& path : std::exchange(entry.paths_, {})) erase(knowing_, path, session);
  if (const auto place = std::exchange(entry.place_, std::nullopt)) erase(at_host_, host_of(*place), session);
}

}  // namespace pixelpass::web
