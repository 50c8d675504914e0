#include "app/host/page_links.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <algorithm>

namespace pixelpass::app {
namespace {

/// Whether anybody can reach the address. An interface's own global IPv6 address is most often behind a
/// firewall.
bool is_open_to_all(const SocketAddress& address) {
  return !address.is_v6() && traversal::is_global(address);
}

class LinkList {
 public:
  explicit LinkList(const std::string& ticket) : ticket_(ticket) {}

  void add(const std::string& page, bool is_for_own_network) {
    const auto url = page + "#" + ticket_;
    if (std::ranges::find(links_, url, &LinkReady::Link::url) == links_.end())
      links_.push_back({url, is_for_own_network});
  }
  void add(const SocketAddress& address, bool is_for_own_network) {
    if (!address.is_unspecified()) add("http://" + address.to_string() + "/", is_for_own_network);
  }
  [[nodiscard]] bool is_empty() const { return links_.empty(); }
  std::vector<LinkReady::Link> take() { return std::move(links_); }

 private:
  const std::string& ticket_;
  std::vector<LinkReady::Link> links_;
};

}  // namespace

std::vector<LinkReady::Link> page_links(const std::string& ticket, std::span<const Candidate> candidates,
                                        const PagePlaces& places) {
  LinkList links(ticket);
  if (!places.url.empty()) links.add(places.url, false);
  if (!places.is_served) return links.take();
  std::vector<SocketAddress> own;
  for (const auto& candidate : candidates)
    if (candidate.kind == CandidateKind::kHost) own.push_back(candidate.address.unmapped());
  for (const auto& address : own)
    if (is_open_to_all(address)) links.add(address, false);
  links.add(places.mapped_v4, false);
  links.add(places.mapped_v6, false);
  for (const auto& address : own)
    if (!is_open_to_all(address) && !address.is_loopback() && !(address.is_v6() && address.is_link_local()))
      links.add(address, true);
  if (links.is_empty())
    for (const auto& address : own)
      if (address.is_loopback()) links.add(address, true);
  return links.take();
}

}  // namespace pixelpass::app
