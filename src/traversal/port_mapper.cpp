#include "pixelpass/traversal/port_mapper.hpp"

#include "traversal/default_gateway.hpp"
#include "traversal/gateway_announcements.hpp"
#include "traversal/gateway_port.hpp"
#include "traversal/upnp_mapper.hpp"
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace pixelpass::traversal {
namespace {

constexpr std::size_t kMostPinholes = 4;
constexpr Duration kGiveBackTime = 450ms;  // with what else the end needs, within half a second

/// The address that packets to the gateway leave with. Nothing is sent.
std::optional<SocketAddress> local_address_towards(const SocketAddress& gateway) {
  const Descriptor fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP));
  SocketAddress to = gateway;
  to.set_port(kPcpServerPort);
  sockaddr_in own{};
  socklen_t size = sizeof own;
  const bool is_known = fd.is_open() && connect(fd.get(), to.get(), to.size()) == 0 &&
                        getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0;
  if (!is_known) return std::nullopt;
  return SocketAddress(reinterpret_cast<const sockaddr*>(&own), size);
}

}  // namespace

/// Maps a port of each address for which that is useful.
class PortMapper::Impl {
 public:
  Impl(boost::asio::io_context& io, const SocketAddress& bound, Handlers handlers, const Settings& settings);
  ~Impl();

  void begin();

 private:
  /// The state for one address of ours.
  struct Slot {
    SocketAddress inner;
    SocketAddress gateway;
    std::unique_ptr<GatewayPort> port;   ///< none once it is over
    std::optional<PortMapping> mapping;  ///< the one that is kept
    std::string port_why, upnp_why;      ///< why not, once that is known
  };

  void find_addresses();
  void add_slot(SocketAddress inner, const SocketAddress& gateway);
  void ask_again();
  void ask_gateway(Slot& slot);
  void ask_upnp();
  Slot* find(const SocketAddress& inner);

  void on_mapped(const PortMapping& mapping);
  void say_that_there_is_no_router();
  void on_port_over(const SocketAddress& inner, bool was_mapped, const std::string& why);
  void on_upnp_over(const SocketAddress& inner, const std::string& why);
  void on_announcement(const SocketAddress& from, ByteView bytes);
  void lose(Slot& slot);
  void fail_if_nothing_is_left(const Slot& slot);
  void end_patience();
  void try_again_later();
  void wait(boost::asio::steady_timer& timer, Duration duration, void (Impl::*call)());

  boost::asio::io_context& io_;
  const SocketAddress bound_;
  const Handlers handlers_;
  const Settings settings_;
  std::optional<Gateway> v4_;
  std::optional<Gateway> v6_;
  std::vector<Slot> slots_;
  bool told_v4_ = false;  ///< of its failure
  bool told_v6_ = false;
  bool waits_ = false;  ///< to try again
  GatewayAnnouncements announcements_;
  UpnpMapper upnp_;
  boost::asio::steady_timer patience_;
  boost::asio::steady_timer pause_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

PortMapper::Impl::Impl(boost::asio::io_context& io, const SocketAddress& bound, Handlers handlers,
                       const Settings& settings)
    : io_(io),
      bound_(bound),
      handlers_(std::move(handlers)),
      settings_(settings),
      announcements_(io, [this](const SocketAddress& from, ByteView bytes) { on_announcement(from, bytes); }),
      upnp_(io.get_executor(), {.on_mapped = [this](const PortMapping& mapping) { on_mapped(mapping); },
                                .on_over = [this](const SocketAddress& inner,
                                                  const std::string& why) { on_upnp_over(inner, why); }}),
      patience_(io),
      pause_(io) {}

/// All are told first, so that they take the time of the slowest.
PortMapper::Impl::~Impl() {
  const Instant deadline = Clock::now() + kGiveBackTime;
  upnp_.stop();
  for (auto& slot : slots_)
    if (slot.port) slot.port->release();
  for (auto& slot : slots_)
    if (slot.port) slot.port->finish(deadline);
  upnp_.finish(deadline);
}

void PortMapper::Impl::begin() {
  slots_.clear();
  told_v4_ = told_v6_ = false;
  waits_ = false;
  pause_.cancel();
  find_addresses();
  if (slots_.empty()) say_that_there_is_no_router();
  ask_again();
}

void PortMapper::Impl::say_that_there_is_no_router() {
  told_v4_ = true;
  boost::asio::post(io_, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired() && slots_.empty()) handlers_.on_failed({false, "there is no router"});
  });
}

void PortMapper::Impl::find_addresses() {
  v4_ = default_gateway_v4("/proc/net");
  v6_ = default_gateway_v6("/proc/net");
  if (bound_.is_loopback() || bound_.unmapped().is_loopback()) return;
  const SocketAddress bound = bound_.unmapped();
  const bool takes_all = bound.is_unspecified();
  if (v4_ && (takes_all || !bound.is_v6()))
    if (const auto local = takes_all ? local_address_towards(v4_->address) : bound)
      add_slot(*local, v4_->address);
  if (!v6_ || !bound.is_v6()) return;
  if (!takes_all) return add_slot(bound, v6_->address);
  for (const auto& address : global_v6_addresses(v6_->interface, kMostPinholes))
    add_slot(address, v6_->address);
}

void PortMapper::Impl::add_slot(SocketAddress inner, const SocketAddress& gateway) {
  inner.set_port(bound_.port());
  slots_.push_back(
      {.inner = inner, .gateway = gateway, .port = {}, .mapping = {}, .port_why = {}, .upnp_why = {}});
}

/// Asks again for what is not mapped.
void PortMapper::Impl::ask_again() {
  waits_ = false;
  for (auto& slot : slots_)
    if (!slot.mapping && !slot.port) ask_gateway(slot);
  ask_upnp();
}

void PortMapper::Impl::ask_gateway(Slot& slot) {
  slot.port_why.clear();
  const SocketAddress inner = slot.inner;
  slot.port = std::make_unique<GatewayPort>(
      io_, inner, slot.gateway, GatewayPort::Asked{settings_.transport, settings_.lifetime},
      GatewayPort::Handlers{
          .on_mapped = [this](const PortMapping& mapping) { on_mapped(mapping); },
          .on_over = [this, inner](bool was_mapped,
                                   const std::string& why) { on_port_over(inner, was_mapped, why); }});
}

/// Starts one UPnP job for all unmapped addresses; it replaces the former job.
void PortMapper::Impl::ask_upnp() {
  UpnpMapper::Job job{
      .inner = {}, .v4 = v4_, .v6 = v6_, .transport = settings_.transport, .lifetime = settings_.lifetime};
  for (auto& slot : slots_) {
    const bool is_kept = slot.mapping && slot.mapping->protocol != MappingProtocol::kUpnp;
    if (is_kept) continue;
    slot.upnp_why.clear();
    job.inner.push_back(slot.inner);
  }
  upnp_.start(std::move(job));
  wait(patience_, settings_.patience, &Impl::end_patience);
}

PortMapper::Impl::Slot* PortMapper::Impl::find(const SocketAddress& inner) {
  const auto found = std::ranges::find(slots_, inner, &Slot::inner);
  return found == slots_.end() ? nullptr : &*found;
}

void PortMapper::Impl::on_mapped(const PortMapping& mapping) {
  Slot* slot = find(mapping.inner);
  if (slot == nullptr) return;
  const bool is_upnp = mapping.protocol == MappingProtocol::kUpnp;
  const bool comes_second = slot->mapping && (slot->mapping->protocol == MappingProtocol::kUpnp) != is_upnp;
  if (is_upnp && comes_second) return upnp_.drop(mapping.inner);
  if (is_upnp) slot->port.reset();
  if (!is_upnp) upnp_.drop(mapping.inner);
  slot->mapping = mapping;
  handlers_.on_mapped(mapping);
}

void PortMapper::Impl::on_port_over(const SocketAddress& inner, bool was_mapped, const std::string& why) {
  Slot* slot = find(inner);
  if (slot == nullptr) return;
  slot->port_why = why;
  slot->port.reset();
  if (was_mapped) return lose(*slot);
  fail_if_nothing_is_left(*slot);
}

void PortMapper::Impl::on_upnp_over(const SocketAddress& inner, const std::string& why) {
  Slot* slot = find(inner);
  if (slot == nullptr) return;
  // On the router both may be one rule, so removing one may have removed the other.
  if (slot->mapping && slot->port) return slot->port->renew();
  slot->upnp_why = "UPnP: " + why;
  if (slot->mapping) return lose(*slot);
  fail_if_nothing_is_left(*slot);
}

void PortMapper::Impl::on_announcement(const SocketAddress& from, ByteView bytes) {
  for (auto& slot : slots_)
    if (slot.port && from == slot.gateway) slot.port->on_announcement(bytes);
}

void PortMapper::Impl::lose(Slot& slot) {
  const auto lost = *std::exchange(slot.mapping, std::nullopt);
  ask_gateway(slot);
  ask_upnp();
  handlers_.on_lost(lost);
}

void PortMapper::Impl::fail_if_nothing_is_left(const Slot& slot) {
  if (slot.mapping || slot.port || slot.upnp_why.empty()) return;
  bool& told = slot.inner.is_v6() ? told_v6_ : told_v4_;
  try_again_later();
  if (!std::exchange(told, true))
    handlers_.on_failed({slot.inner.is_v6(), slot.port_why + "; " + slot.upnp_why});
}

/// Gives up waiting for methods that do not answer; one that works after all is still used.
void PortMapper::Impl::end_patience() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {  // whoever is told may begin anew
    if (slots_[i].upnp_why.empty()) slots_[i].upnp_why = "UPnP: no answer in time";
    fail_if_nothing_is_left(slots_[i]);
  }
}

void PortMapper::Impl::try_again_later() {
  if (std::exchange(waits_, true)) return;
  wait(pause_, settings_.pause, &Impl::ask_again);
}

void PortMapper::Impl::wait(boost::asio::steady_timer& timer, Duration duration, void (Impl::*call)()) {
  timer.expires_after(duration);
  timer.async_wait([this, call, alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) (this->*call)();
  });
}

PortMapper::PortMapper(boost::asio::io_context& io, const SocketAddress& bound, Handlers handlers,
                       Settings settings)
    : impl_(std::make_unique<Impl>(io, bound, std::move(handlers), settings)) {
  impl_->begin();
}

PortMapper::~PortMapper() = default;

void PortMapper::restart() {
  impl_->begin();
}

}  // namespace pixelpass::traversal
