#include "traversal/upnp_mapper.hpp"

#include "traversal/upnp_gateway.hpp"
#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>

namespace pixelpass::traversal {
namespace {

// A router that was restarted has forgotten its mappings, and says so to nobody: also one that lasts is made
// again.
constexpr std::chrono::seconds kUpnpRenewPermanent = 10min;
constexpr std::chrono::seconds kShortestUpnpLifetime = 2s;
// A refused renewal is tried once more before it counts: the router may be restarting.
constexpr int kUpnpRenewals = 3;
constexpr Duration kUpnpRenewPause = 2s;

}  // namespace

/// The state that both threads share, under the lock.
struct UpnpMapper::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Job> next;
  std::uint64_t job = 0;               ///< how many there were
  std::vector<SocketAddress> dropped;  ///< of the newest job
  bool stop = false;
  bool searches = false;  ///< waits for whatever may answer
  bool holds = false;     ///< there may be something on the router
  bool done = false;
  /// The network thread's; null once the mapper is gone.
  std::optional<boost::asio::any_io_executor> executor;
  std::shared_ptr<Handlers> handlers;

  /// Calls on the network thread, unless the mapper is gone by then, or has another job.
  template <class Call>
  void tell(std::uint64_t about, Call call) {
    const std::lock_guard lock(mutex);
    if (!executor) return;
    auto tell = [this, about, weak = std::weak_ptr<Handlers>(handlers), call = std::move(call)] {
      const auto told = weak.lock();  // and so the mapper is there, and we are
      if (told && is_newest(about)) call(*told);
    };
    boost::asio::post(*executor, std::move(tell));
  }
  bool is_newest(std::uint64_t about) {
    const std::lock_guard lock(mutex);
    return about == job;
  }
};

/// The thread's own.
class UpnpMapper::Work {
 public:
  explicit Work(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  void run();

 private:
  struct Held {
    SocketAddress inner;
    SocketAddress outer;
    UpnpGateway::Pinhole pinhole{};  ///< of IPv6
    std::chrono::seconds lifetime{};
    Instant renew_at;
    int failed = 0;
    std::uint64_t told = 0;  ///< to which job
  };

  /// False: stop.
  bool wait();
  void begin(Job job);
  void map_v4(const SocketAddress& inner);
  void map_v6(const SocketAddress& inner);
  void hold(Held held);
  [[nodiscard]] bool keeps(const Job& job, const Held& held) const;
  void renew(Held& held);
  void drop_unwanted();
  void give_back(const Held& held);
  void give_back_all();
  /// The job has been replaced, or this address dropped.
  [[nodiscard]] bool is_unwanted(const SocketAddress& inner);
  void fail(const SocketAddress& inner, const std::string& why);
  UpnpGateway::Outcome<UpnpGateway> find(const Gateway& gateway, const SocketAddress& inner);
  void set(bool Shared::*flag, bool value);

  const std::shared_ptr<Shared> shared_;
  Job job_;
  std::uint64_t number_ = 0;  ///< of the job
  std::optional<UpnpGateway> v4_;
  std::optional<UpnpGateway> v6_;
  std::vector<Held> held_;
};

bool UpnpMapper::Work::wait() {
  std::unique_lock lock(shared_->mutex);
  const auto is_told = [this] {
    const auto is_dropped = [this](const Held& held) {
      return std::ranges::find(shared_->dropped, held.inner) != shared_->dropped.end();
    };
    return shared_->stop || shared_->next || std::ranges::any_of(held_, is_dropped);
  };
  if (held_.empty()) {
    shared_->changed.wait(lock, is_told);
  } else {
    shared_->changed.wait_until(lock, std::ranges::min(held_, {}, &Held::renew_at).renew_at, is_told);
  }
  return !shared_->stop;
}

void UpnpMapper::Work::run() {
  while (wait()) {
    std::optional<Job> next;
    {
      const std::lock_guard lock(shared_->mutex);
      next = std::exchange(shared_->next, std::nullopt);
      if (next) number_ = shared_->job;
    }
    if (next) begin(std::move(*next));
    drop_unwanted();
    for (auto& held : held_)
      if (Clock::now() >= held.renew_at && !is_unwanted(held.inner)) renew(held);
    std::erase_if(held_, [](const Held& held) { return held.failed >= kUpnpRenewals; });
  }
  give_back_all();
  const std::lock_guard lock(shared_->mutex);
  shared_->done = true;
  shared_->changed.notify_all();
}

void UpnpMapper::Work::begin(Job job) {
  for (const auto& held : held_)
    if (!keeps(job, held)) give_back(held);
  std::erase_if(held_, [&](const Held& held) { return !keeps(job, held); });
  job_ = std::move(job);
  for (auto& held : held_) held.renew_at = Clock::now();
  for (const auto& inner : job_.inner) {
    if (is_unwanted(inner) || std::ranges::find(held_, inner, &Held::inner) != held_.end()) continue;
    inner.is_v6() ? map_v6(inner) : map_v4(inner);
  }
}

/// Whether the job is for the same router, so that the mapping is kept.
bool UpnpMapper::Work::keeps(const Job& job, const Held& held) const {
  const auto& before = held.inner.is_v6() ? job_.v6 : job_.v4;
  const auto& now = held.inner.is_v6() ? job.v6 : job.v4;
  return before && now && before->address == now->address &&
         std::ranges::find(job.inner, held.inner) != job.inner.end();
}

void UpnpMapper::Work::map_v4(const SocketAddress& inner) {
  if (!job_.v4) return fail(inner, "there is no router");
  auto found = find(*job_.v4, inner);
  if (!found) return fail(inner, found.error().why);
  v4_.emplace(std::move(*found));
  if (is_unwanted(inner)) return;
  set(&Shared::holds, true);
  const auto port = v4_->map(inner, inner.port(), job_.lifetime);
  if (!port) return fail(inner, port.error().why);
  hold({.inner = inner, .outer = port->outer, .pinhole = {}, .lifetime = port->lifetime, .renew_at = {}});
}

void UpnpMapper::Work::map_v6(const SocketAddress& inner) {
  if (!job_.v6) return fail(inner, "there is no router");
  const bool is_known = std::ranges::any_of(held_, [](const Held& held) { return held.inner.is_v6(); });
  if (!is_known) {
    auto found = find(*job_.v6, inner);
    if (!found) return fail(inner, found.error().why);
    v6_.emplace(std::move(*found));
  }
  if (is_unwanted(inner)) return;
  set(&Shared::holds, true);
  const auto pinhole = v6_->open(inner, job_.lifetime);
  if (!pinhole) return fail(inner, pinhole.error().why);
  hold({.inner = inner, .outer = inner, .pinhole = *pinhole, .lifetime = job_.lifetime, .renew_at = {}});
}

/// Takes what the router has granted, for the first time or again.
void UpnpMapper::Work::hold(Held held) {
  const bool lasts = held.lifetime == std::chrono::seconds(0);
  held.renew_at =
      Clock::now() + (lasts ? kUpnpRenewPermanent : std::max(held.lifetime, kShortestUpnpLifetime)) / 2;
  held.failed = 0;
  if (held.told != number_) {
    const PortMapping mapping{held.inner, held.outer, MappingProtocol::kUpnp, held.lifetime};
    shared_->tell(number_, [mapping](const Handlers& handlers) { handlers.on_mapped(mapping); });
  }
  held.told = number_;
  const auto known = std::ranges::find(held_, held.inner, &Held::inner);
  if (known == held_.end())
    held_.push_back(std::move(held));
  else
    *known = std::move(held);
}

void UpnpMapper::Work::renew(Held& held) {
  std::string why;
  if (held.inner.is_v6()) {
    const auto renewed = v6_->renew(held.pinhole, held.lifetime);
    if (renewed) return hold(held);
    const auto opened = v6_->open(held.inner, held.lifetime);  // the router was restarted
    if (opened) held.pinhole = *opened;
    if (opened) return hold(held);
    why = opened.error().why;
  } else {
    const auto port = v4_->map(held.inner, held.outer.port(), job_.lifetime);
    if (port) {
      Held again = held;
      if (!(port->outer == held.outer)) again.told = 0;
      again.outer = port->outer;
      again.lifetime = port->lifetime;
      return hold(std::move(again));
    }
    why = port.error().why;
  }
  held.renew_at = Clock::now() + kUpnpRenewPause;
  if (++held.failed >= kUpnpRenewals) fail(held.inner, why);
}

void UpnpMapper::Work::drop_unwanted() {
  for (const auto& held : held_) {
    if (!is_unwanted(held.inner)) continue;
    give_back(held);
    fail(held.inner, "not needed");
  }
  std::erase_if(held_, [this](const Held& held) { return is_unwanted(held.inner); });
  if (held_.empty()) set(&Shared::holds, false);
}

void UpnpMapper::Work::give_back(const Held& held) {
  if (held.inner.is_v6())
    v6_->close(held.pinhole);
  else
    v4_->unmap(held.outer);
}

void UpnpMapper::Work::give_back_all() {
  for (const auto& held : held_) give_back(held);
  held_.clear();
  set(&Shared::holds, false);
}

bool UpnpMapper::Work::is_unwanted(const SocketAddress& inner) {
  const std::lock_guard lock(shared_->mutex);
  return shared_->stop || shared_->next ||
         std::ranges::find(shared_->dropped, inner) != shared_->dropped.end();
}

void UpnpMapper::Work::fail(const SocketAddress& inner, const std::string& why) {
  shared_->tell(number_, [inner, why](const Handlers& handlers) { handlers.on_over(inner, why); });
}

UpnpGateway::Outcome<UpnpGateway> UpnpMapper::Work::find(const Gateway& gateway, const SocketAddress& inner) {
  set(&Shared::searches, true);
  auto found = UpnpGateway::find(gateway, inner, job_.transport);
  set(&Shared::searches, false);
  return found;
}

void UpnpMapper::Work::set(bool Shared::*flag, bool value) {
  const std::lock_guard lock(shared_->mutex);
  (*shared_).*flag = value;
  shared_->changed.notify_all();
}

UpnpMapper::UpnpMapper(const boost::asio::any_io_executor& executor, Handlers handlers)
    : shared_(std::make_shared<Shared>()) {
  shared_->executor = executor;
  shared_->handlers = std::make_shared<Handlers>(std::move(handlers));
}

UpnpMapper::~UpnpMapper() {
  finish(Clock::now());
}

void UpnpMapper::start(Job job) {
  const auto inner = job.inner;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->next = std::move(job);
    number = ++shared_->job;
    shared_->dropped.clear();
    shared_->changed.notify_all();
  }
  if (has_thread()) return;
  for (const auto& one : inner)
    shared_->tell(number, [one](const Handlers& handlers) {
      handlers.on_over(one, "no thread could be started for it");
    });
}

/// Starts the thread unless it is there; with the next job again where that fails.
bool UpnpMapper::has_thread() try {
  if (!thread_.joinable()) thread_ = std::thread([shared = shared_] { Work(shared).run(); });
  return true;
} catch (const std::system_error&) {
  return false;
}

void UpnpMapper::drop(const SocketAddress& inner) {
  const std::lock_guard lock(shared_->mutex);
  shared_->dropped.push_back(inner);
  shared_->changed.notify_all();
}

void UpnpMapper::stop() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stop = true;
  shared_->executor.reset();
  shared_->handlers.reset();
  shared_->changed.notify_all();
}

void UpnpMapper::finish(Instant deadline) {
  if (!thread_.joinable()) return;
  stop();
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_until(lock, deadline,
                              [this] { return shared_->done || (shared_->searches && !shared_->holds); });
  const bool done = shared_->done;
  lock.unlock();
  if (done)
    thread_.join();
  else
    thread_.detach();
}

}  // namespace pixelpass::traversal
