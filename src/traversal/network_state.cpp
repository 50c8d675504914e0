#include "traversal/network_state.hpp"

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace pixelpass::traversal {
namespace {

/// A machine with more than this has other troubles.
constexpr std::size_t kMostEntries = 4096;

template <class T>
std::optional<T> read_front(ByteView bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

ByteView behind(ByteView bytes, std::size_t used) {
  return bytes.subspan(std::min(bytes.size(), (used + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO));
}

/// The first attribute of this type.
std::optional<ByteView> find_attribute(ByteView attributes, unsigned type) {
  while (const auto header = read_front<rtattr>(attributes)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > attributes.size()) return std::nullopt;
    if ((header->rta_type & NLA_TYPE_MASK) == type)
      return attributes.subspan(sizeof(rtattr), header->rta_len - sizeof(rtattr));
    attributes = behind(attributes, header->rta_len);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_number(ByteView attributes, unsigned type) {
  const auto value = find_attribute(attributes, type);
  return value ? read_front<std::uint32_t>(*value) : std::nullopt;
}

/// Enough room, or all that was known is forgotten: the next notices count as changes.
template <class Container>
void keep_bounded(Container& container) {
  if (container.size() >= kMostEntries) container.clear();
}

bool is_checked(const ifaddrmsg& message, ByteView attributes) {
  const auto flags = find_number(attributes, IFA_FLAGS).value_or(message.ifa_flags);
  return (flags & IFA_F_DADFAILED) == 0 &&
         ((flags & IFA_F_TENTATIVE) == 0 || (flags & IFA_F_OPTIMISTIC) != 0);
}

}  // namespace

struct NetworkState::Message {
  std::uint16_t type;
  ByteView body;
};

NetworkState::Outcome NetworkState::apply(ByteView messages) {
  Outcome outcome;
  while (const auto header = read_front<nlmsghdr>(messages)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > messages.size()) break;
    const ByteView body = messages.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    outcome.dumped |= header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR;
    outcome.changed |= apply_one({header->nlmsg_type, body});
    messages = behind(messages, header->nlmsg_len);
  }
  return outcome;
}

bool NetworkState::apply_one(const Message& message) {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return apply_link(message);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return apply_address(message);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return apply_route(message);
    default:
      return false;
  }
}

bool NetworkState::apply_link(const Message& message) {
  const auto link = read_front<ifinfomsg>(message.body);
  // For a bridge's port (AF_BRIDGE) the message is about the bridge.
  if (!link || link->ifi_family != 0) return false;
  const auto index = static_cast<std::uint32_t>(link->ifi_index);
  const bool works =
      message.type == RTM_NEWLINK && (link->ifi_flags & IFF_UP) != 0 && (link->ifi_flags & IFF_RUNNING) != 0;
  keep_bounded(links_);
  const auto known = links_.find(index);
  const bool changed = known != links_.end() && known->second != works && has_address(index);
  if (message.type == RTM_NEWLINK)
    links_[index] = works;
  else
    links_.erase(index);
  return changed;
}

bool NetworkState::apply_address(const Message& message) {
  const auto address = read_front<ifaddrmsg>(message.body);
  if (!address || address->ifa_scope == RT_SCOPE_HOST) return false;
  if (address->ifa_family == AF_INET6 && address->ifa_scope == RT_SCOPE_LINK) return false;
  const ByteView attributes = behind(message.body, sizeof(ifaddrmsg));
  // For a point-to-point interface IFA_ADDRESS is the other end's.
  auto own = find_attribute(attributes, IFA_LOCAL);
  if (!own) own = find_attribute(attributes, IFA_ADDRESS);
  if (!own || own->size() > sizeof(std::uint32_t) * 4) return false;
  const Address entry{address->ifa_index, Bytes(own->begin(), own->end())};
  if (message.type == RTM_DELADDR || !is_checked(*address, attributes)) return addresses_.erase(entry) > 0;
  keep_bounded(addresses_);
  return addresses_.insert(entry).second;
}

bool NetworkState::apply_route(const Message& message) {
  const auto route = read_front<rtmsg>(message.body);
  if (!route || route->rtm_dst_len != 0 || route->rtm_type != RTN_UNICAST) return false;
  if ((route->rtm_flags & RTM_F_CLONED) != 0) return false;
  const ByteView attributes = behind(message.body, sizeof(rtmsg));
  const Route key{route->rtm_family, find_number(attributes, RTA_TABLE).value_or(route->rtm_table),
                  find_number(attributes, RTA_PRIORITY).value_or(0)};
  if (message.type == RTM_DELROUTE) return routes_.erase(key) > 0;
  Bytes way;
  for (const unsigned type : {RTA_OIF, RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH})
    if (const auto value = find_attribute(attributes, type))
      way.insert(way.end(), value->begin(), value->end());
  keep_bounded(routes_);
  Bytes& known = routes_[key];
  const bool changed = known != way;
  known = std::move(way);
  return changed;
}

bool NetworkState::has_address(std::uint32_t interface) const {
  return std::ranges::any_of(addresses_, [&](const Address& entry) { return entry.first == interface; });
}

}  // namespace pixelpass::traversal
