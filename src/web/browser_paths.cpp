#include "web/browser_paths.hpp"

#include <algorithm>
#include <limits>

namespace pixelpass::web {

const BrowserPaths::Known* BrowserPaths::find(const net::Path& path) const {
  const auto found = std::ranges::find(known_, path, &Known::path);
  return found == known_.end() ? nullptr : &*found;
}

BrowserPaths::Known* BrowserPaths::find(const net::Path& path) {
  const auto found = std::ranges::find(known_, path, &Known::path);
  return found == known_.end() ? nullptr : &*found;
}

void BrowserPaths::on_check(const net::Path& path, bool nominates, Instant now,
                            const std::optional<net::Path>& keep) {
  auto* known = find(path);
  if (!known && known_.size() >= kMost) {
    const auto goes_before = [&](const Known& a, const Known& b) {
      const bool keeps_a = a.path == keep;
      const bool keeps_b = b.path == keep;
      return keeps_a != keeps_b ? keeps_b : a.checked_at < b.checked_at;
    };
    known_.erase(std::ranges::min_element(known_, goes_before));
  }
  if (!known) {
    known = &known_.emplace_back(Known{.path = path, .checked_at = now});
    ++changes_;
  }
  known->checked_at = now;
  known->is_nominated = known->is_nominated || nominates;
}

std::vector<net::Path> BrowserPaths::all() const {
  std::vector<net::Path> paths;
  for (const auto& known : known_) paths.push_back(known.path);
  return paths;
}

Instant BrowserPaths::checked_at(const net::Path& path) const {
  const auto* known = find(path);
  return known ? known->checked_at : Instant{};
}

bool BrowserPaths::is_nominated(const net::Path& path) const {
  const auto* known = find(path);
  return known && known->is_nominated;
}

void BrowserPaths::on_heard(const net::Path& path, std::size_t bytes) {
  if (auto* known = find(path)) known->heard_bytes += bytes;
}

void BrowserPaths::on_echo(const net::Path& path) {
  if (auto* known = find(path); known && ++known->echoes >= kEchoes) known->is_proven = true;
}

void BrowserPaths::on_proven(const net::Path& path) {
  if (auto* known = find(path)) known->is_proven = true;
}

void BrowserPaths::doubt(const net::Path& path) {
  auto* known = find(path);
  if (!known) return;
  known->is_proven = false;
  known->echoes = 0;
  known->heard_bytes = known->said_bytes = 0;
}

bool BrowserPaths::is_proven(const net::Path& path) const {
  const auto* known = find(path);
  return known && known->is_proven;
}

std::size_t BrowserPaths::budget(const net::Path& path, std::size_t amplification) const {
  const auto* known = find(path);
  if (!known) return 0;
  if (known->is_proven) return std::numeric_limits<std::size_t>::max();
  const auto most = amplification * known->heard_bytes;
  return most - std::min(most, known->said_bytes);
}

void BrowserPaths::on_said(const net::Path& path, std::size_t bytes) {
  if (auto* known = find(path)) known->said_bytes += bytes;
}

}  // namespace pixelpass::web
