#include "publish/engine_addresses.hpp"

#include <utility>

namespace pixelpass::publish {
namespace {

traversal::NameLookup names_by(boost::asio::io_context& io, const traversal::NameLookup::Resolve& resolve) {
  return resolve ? traversal::NameLookup(io, resolve) : traversal::NameLookup(io);
}

}  // namespace

EngineAddresses::EngineAddresses(boost::asio::io_context& io, const traversal::NameLookup::Resolve& resolve)
    : names_(names_by(io, resolve)) {}

void EngineAddresses::look_up(const std::string& host, std::uint16_t port, std::function<void()> then) {
  names_.look_up(host, port, [this, look_up = ++look_ups_, then = std::move(then)](const auto& found) {
    if (look_up != look_ups_) return;
    addresses_ = found;
    then();
  });
}

SocketAddress EngineAddresses::take() {
  const auto address = addresses_.front();
  addresses_.erase(addresses_.begin());
  return address;
}

}  // namespace pixelpass::publish
