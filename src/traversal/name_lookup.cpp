#include "pixelpass/traversal/name_lookup.hpp"

#include <boost/asio/post.hpp>
#include <netdb.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace pixelpass::traversal {
namespace {

NameLookup::Addresses ask_system(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* raw = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &wanted, &raw) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(raw, &freeaddrinfo);
  NameLookup::Addresses found;
  for (const addrinfo* entry = raw; entry != nullptr; entry = entry->ai_next) {
    found.emplace_back(entry->ai_addr, entry->ai_addrlen);
    found.back().set_port(port);
  }
  return found;
}

}  // namespace

/// What a thread reaches us by. `io` is null once we are gone.
struct NameLookup::Link : std::enable_shared_from_this<Link> {
  explicit Link(boost::asio::io_context* context) : io(context) {}

  void post(Handler handler, Addresses found) {
    const std::scoped_lock lock(mutex);
    if (io == nullptr) return;
    boost::asio::post(*io,
                      [self = shared_from_this(), handler = std::move(handler), found = std::move(found)] {
                        if (self->is_open()) handler(found);
                      });
  }
  bool is_open() {
    const std::scoped_lock lock(mutex);
    return io != nullptr;
  }
  void close() {
    const std::scoped_lock lock(mutex);
    io = nullptr;
  }

  std::mutex mutex;
  boost::asio::io_context* io;
};

NameLookup::NameLookup(boost::asio::io_context& io, Resolve resolve)
    : resolve_(std::move(resolve)), link_(std::make_shared<Link>(&io)) {}
NameLookup::NameLookup(boost::asio::io_context& io) : NameLookup(io, ask_system) {}
NameLookup::~NameLookup() {
  link_->close();
}

void NameLookup::look_up(const std::string& host, std::uint16_t port, Handler handler) {
  if (auto address = SocketAddress::parse(host)) {
    address->set_port(port);
    return link_->post(std::move(handler), {*address});
  }
  try {
    std::thread([link = link_, resolve = resolve_, host, port, handler] {
      link->post(handler, resolve(host, port));
    }).detach();
  } catch (const std::system_error&) {  // no thread is to be had
    link_->post(std::move(handler), {});
  }
}

}  // namespace pixelpass::traversal
