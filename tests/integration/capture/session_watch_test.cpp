#include "capture/portal/session_watch.hpp"

#include "pixelpass/gst/media_thread.hpp"

#include "fake_portal.hpp"
#include "private_bus.hpp"
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace pixelpass::capture {
namespace {

using test::FakePortal;
using test::PrivateBus;
using Step = SessionEnd::Step;
using Cause = SessionEnd::Cause;
using Verdict = std::pair<Step, Cause>;

constexpr auto kVerdictWithin = std::chrono::seconds(30);

/// A service of which nobody wants more than that it takes connections.
class Daemon {
 public:
  explicit Daemon(const std::filesystem::path& file) {
    std::filesystem::remove(file);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, file.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    const timeval patience{std::chrono::seconds(kVerdictWithin).count(), 0};
    EXPECT_EQ(setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
  }
  /// Who has connected, or will soon. Not open: nobody has.
  [[nodiscard]] Descriptor accept() const {
    return Descriptor(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
  }
  /// What has connected and was not taken is hung up on.
  ~Daemon() { ::close(listener_); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

 private:
  int listener_ = -1;
};

class SessionWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivateBus::missing(); !missing.empty()) GTEST_SKIP() << "no " << missing;
    bus_.emplace();
    desktop_.emplace(bus_->connect());
    ours_ = bus_->connect();
    setenv("PIPEWIRE_REMOTE", socket().c_str(), 1);
    // Whether this machine's own screen is locked is of no account.
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + (bus_->folder() / "no-bus").string()).c_str(), 1);
    setenv("WAYLAND_DISPLAY", display().c_str(), 1);
    daemon_.emplace(socket());
    set_up_surroundings();
    media_.call([&] {
      watch_.emplace(ours_.get(),
                     SessionWatch::Callbacks{[this](Step step, Cause cause) {
                                               note({step, cause});
                                             },
                                             [this] {
                                               note({Step::kNone, Cause::kPipeWire});
                                             },
                                             {},
                                             [this](const std::string& places) { tell(places); }},
                     SessionEnd::Window{facts_are_of_use_for(), 10ms}, 1ms);
      watch_->on_session(is_window() ? SessionEnd::Shared::kWindow : SessionEnd::Shared::kMonitor);
    });
    hear_all();  // the bus knows now what is listened for
  }

  void TearDown() override {
    if (watch_) media_.call([&] { watch_.reset(); });
    unsetenv("PIPEWIRE_REMOTE");
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }

  virtual void set_up_surroundings() {}
  /// What is heard before `Closed` belongs to it, however slow the machine is.
  [[nodiscard]] virtual Duration facts_are_of_use_for() const { return 1h; }
  [[nodiscard]] virtual bool is_window() const { return false; }
  [[nodiscard]] std::filesystem::path display() const { return bus_->folder() / "wayland"; }
  [[nodiscard]] std::filesystem::path socket() const { return bus_->folder() / "pipewire"; }

  /// Returns when the watch has heard it.
  void say(const char* path, const char* interface, const char* member, GVariant* arguments = nullptr) {
    desktop_->emit(path, interface, member, arguments);
    hear_all();
  }
  /// What the bus has sent by now is heard: its answer comes after that, and the media thread looks at what
  /// has come between two tasks.
  void hear_all() {
    const gst::Variant answer(g_dbus_connection_call_sync(
        ours_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId",
        nullptr, nullptr, G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
    for (int i = 0; i < 2; ++i) media_.call([] {});
  }
  void lock(const char* service, bool locked) {
    say("/org/any/ScreenSaver", service, "ActiveChanged", g_variant_new("(b)", locked ? TRUE : FALSE));
  }
  /// A connection that has this name until it is closed.
  [[nodiscard]] gst::Object<GDBusConnection> owner_of(const char* name) const {
    auto bus = bus_->connect();
    const gst::Variant owned(g_dbus_connection_call_sync(
        bus.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
        g_variant_new("(su)", name, 0U), nullptr, G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
    return bus;
  }
  void close() {
    media_.call([&] { watch_->on_closed(); });
  }

  bool becomes_pending() {
    bool pending = false;
    for (const Instant end = Clock::now() + kVerdictWithin; !pending && Clock::now() < end;)
      media_.call([&] { pending = watch_->is_pending(); });
    return pending;
  }

  void note(const Verdict& verdict) {
    const std::lock_guard lock(mutex_);
    verdicts_.push_back(verdict);
    changed_.notify_all();
  }
  std::optional<Verdict> next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kVerdictWithin, [&] { return !verdicts_.empty(); })) return std::nullopt;
    const auto verdict = verdicts_.front();
    verdicts_.pop_front();
    return verdict;
  }

  void tell(const std::string& places) {
    const std::lock_guard lock(mutex_);
    places_.push_back(places);
    changed_.notify_all();
  }
  /// Where the monitors are next, or an empty text.
  std::string next_places() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kVerdictWithin, [&] { return !places_.empty(); })) return "";
    auto places = places_.front();
    places_.pop_front();
    return places;
  }

  std::mutex mutex_;  ///< guards the next three
  std::condition_variable changed_;
  std::deque<Verdict> verdicts_;
  std::deque<std::string> places_;
  std::optional<PrivateBus> bus_;
  std::optional<FakePortal> desktop_;
  std::optional<Daemon> daemon_;
  gst::Object<GDBusConnection> ours_;
  std::optional<SessionWatch> watch_;  ///< the media thread's
  gst::MediaThread media_;
};

TEST_F(SessionWatchTest, AnEndOfWhichNothingElseIsHeardIsTheUsers) {
  close();
  EXPECT_EQ(next(), Verdict(Step::kEnd, Cause::kUser));
}

TEST_F(SessionWatchTest, ALockOfEitherKindHidesTheScreenUntilItIsOver) {
  for (const char* service : {"org.gnome.ScreenSaver", "org.freedesktop.ScreenSaver"}) {
    lock(service, true);
    media_.call([&] { watch_->on_session(SessionEnd::Shared::kMonitor); });
    close();
    EXPECT_EQ(next(), Verdict(Step::kHide, Cause::kLocked)) << service;
    lock(service, false);
    EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kLocked)) << service;
  }
}

TEST_F(SessionWatchTest, AScreenThatOneStillCallsLockedIsNotUnlocked) {
  lock("org.gnome.ScreenSaver", true);
  lock("org.freedesktop.ScreenSaver", true);
  close();
  EXPECT_EQ(next(), Verdict(Step::kHide, Cause::kLocked));
  lock("org.gnome.ScreenSaver", false);
  media_.call([&] { EXPECT_TRUE(watch_->is_hidden()); });
  lock("org.freedesktop.ScreenSaver", false);
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kLocked));
}

TEST_F(SessionWatchTest, WhoeverHasLockedTheScreenAndIsGoneKeepsItHiddenNoLonger) {
  auto saver = owner_of("org.gnome.ScreenSaver");
  lock("org.gnome.ScreenSaver", true);
  close();
  EXPECT_EQ(next(), Verdict(Step::kHide, Cause::kLocked));
  g_dbus_connection_close_sync(saver.get(), nullptr, nullptr);
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kLocked));
}

TEST_F(SessionWatchTest, PipeWiresEndIsNoticedAndItsReturn) {
  daemon_.reset();
  ASSERT_TRUE(becomes_pending());
  close();
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kPipeWire));
  daemon_.emplace(socket());
  EXPECT_EQ(next(), Verdict(Step::kNone, Cause::kPipeWire)) << "it is back";
  media_.call([&] { EXPECT_FALSE(watch_->is_pending()); });
}

/// With nothing but PipeWire's outage that may still count.
class AfterAnOutage : public SessionWatchTest {
 protected:
  [[nodiscard]] Duration facts_are_of_use_for() const override { return 0ms; }

  void restart_pipewire() {
    daemon_.reset();
    ASSERT_TRUE(becomes_pending());
    daemon_.emplace(socket());
    ASSERT_EQ(next(), Verdict(Step::kNone, Cause::kPipeWire)) << "it is back";
    ASSERT_TRUE(desktop_->wait_for("Get")) << "nobody asks whether the portal lives";
    say("/org/any", "org.any.Thing", "Changed");  // the answer before it, if there is one, has come
  }
};

TEST_F(AfterAnOutage, APortalThatHangsMayStillHaveItsEndToTell) {
  desktop_->next("Get", FakePortal::Does::kHang);
  restart_pipewire();
  close();
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kPipeWire));
}

TEST_F(AfterAnOutage, ASessionThatOutlivesItIsTheUsersToStop) {
  restart_pipewire();
  close();
  EXPECT_EQ(next(), Verdict(Step::kEnd, Cause::kUser));
}

TEST_F(SessionWatchTest, AnEndThatComesWithThePortalsIsNotTheUsers) {
  media_.call([&] { watch_->on_portal_lost(); });
  close();
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kBackend));
}

struct Said {
  const char* name;
  const char* path;
  const char* interface;
  const char* member;
  bool is_window;
  Verdict verdict;
};

void PrintTo(const Said& said, std::ostream* out) {
  *out << said.name;
}

class EachSignal : public SessionWatchTest, public testing::WithParamInterface<Said> {
 protected:
  [[nodiscard]] bool is_window() const override { return GetParam().is_window; }
};

TEST_P(EachSignal, SaysWhatItWas) {
  say(GetParam().path, GetParam().interface, GetParam().member);
  close();
  EXPECT_EQ(next(), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Desktops, EachSignal,
    testing::Values(
        Said{"Gnome",
             "/org/gnome/Mutter/DisplayConfig",
             "org.gnome.Mutter.DisplayConfig",
             "MonitorsChanged",
             false,
             {Step::kRenew, Cause::kMonitorsChanged}},
        Said{"GnomeWindow",
             "/org/gnome/Shell/Introspect",
             "org.gnome.Shell.Introspect",
             "WindowsChanged",
             true,
             {Step::kEnd, Cause::kWindowClosed}},
        Said{"NoneOfOurs", "/org/any", "org.any.Thing", "Changed", true, {Step::kEnd, Cause::kWindowOrUser}}),
    [](const auto& tried) { return std::string(tried.param.name); });

/// A Wayland compositor of one monitor.
class CompositorWatch : public SessionWatchTest {
 protected:
  void set_up_surroundings() override { compositor_.emplace(display()); }
  /// Whoever looks is told of all monitors.
  void tell_of_the_monitor() {
    const int client = client_.emplace(compositor_->accept()).get();
    std::array<std::uint32_t, 3> asked{};
    ASSERT_EQ(recv(client, asked.data(), sizeof asked, MSG_WAITALL), sizeof asked);
    EXPECT_EQ(asked, (std::array<std::uint32_t, 3>{1, 12U << 16 | 1, 2})) << "wl_display.get_registry";
    struct {
      std::array<std::uint32_t, 4> global{2, 32U << 16, 7, 10};
      std::array<char, 12> kind{{"wl_output"}};
      std::uint32_t version = 4;
    } const event;
    ASSERT_EQ(send(client, &event, sizeof event, MSG_NOSIGNAL), sizeof event);
    std::array<std::uint32_t, 9> bound{};
    ASSERT_EQ(recv(client, bound.data(), sizeof bound, MSG_WAITALL), sizeof bound);
    EXPECT_EQ(bound.back(), 3U) << "wl_registry.bind";
  }
  /// And of the end of this one.
  void tell_of_the_end() {
    tell_of_the_monitor();
    constexpr std::array<std::uint32_t, 3> kRemoved{2, 12U << 16 | 1, 7};
    ASSERT_EQ(send(client_->get(), kRemoved.data(), sizeof kRemoved, MSG_NOSIGNAL), sizeof kRemoved);
    hear_all();
  }
  /// The monitor is the third object.
  void place(std::uint32_t x, bool is_all) {
    struct {
      std::array<std::uint32_t, 8> geometry{3, 48U << 16, 0, 0, 0, 0, 0, 2};
      std::array<char, 4> make{{"A"}};
      std::uint32_t length = 2;
      std::array<char, 4> model{{"B"}};
      std::uint32_t transform = 0;
      std::array<std::uint32_t, 3> name{3, 16U << 16 | 4, 3};
      std::array<char, 4> text{{"M1"}};
      std::array<std::uint32_t, 2> done{3, 8U << 16 | 2};
    } events;
    events.geometry[2] = x;
    const std::size_t size = sizeof events - (is_all ? 0 : sizeof events.done);
    ASSERT_EQ(send(client_->get(), &events, size, MSG_NOSIGNAL), static_cast<ssize_t>(size));
  }

  std::optional<Daemon> compositor_;
  std::optional<Descriptor> client_;
};

TEST_F(CompositorWatch, AnEndThatComesWithAMonitorsIsNotTheUsers) {
  tell_of_the_end();
  close();
  EXPECT_EQ(next(), (Verdict{Step::kEnd, Cause::kMonitorGone}));
}

TEST_F(CompositorWatch, WhereChangesOfMonitorsAreToldTheSharingGoesOn) {
  tell_of_the_end();
  say("/org/gnome/Mutter/DisplayConfig", "org.gnome.Mutter.DisplayConfig", "MonitorsChanged");
  close();
  EXPECT_EQ(next(), (Verdict{Step::kRenew, Cause::kMonitorsChanged}));
}

TEST_F(CompositorWatch, WhereAMonitorLiesIsToldOnceItIsKnownAndWhenItIsMoved) {
  tell_of_the_monitor();
  place(0, true);
  EXPECT_EQ(next_places(), "M1 A B 0,0\n");
  place(0, true);
  place(640, false);
  hear_all();
  place(1280, true);
  EXPECT_EQ(next_places(), "M1 A B 1280,0\n");
}

TEST_F(CompositorWatch, ACompositorThatTalksNonsenseIsLeftAndAskedAgainWithTheNextSession) {
  const int client = client_.emplace(compositor_->accept()).get();
  const std::array<std::uint32_t, 3> nonsense{2, 4U << 16, 0};
  ASSERT_EQ(send(client, nonsense.data(), sizeof nonsense, MSG_NOSIGNAL), sizeof nonsense);
  std::array<char, 64> asked{};
  while (recv(client, asked.data(), asked.size(), 0) > 0) {
  }
  media_.call([&] { watch_->on_session(SessionEnd::Shared::kMonitor); });
  EXPECT_TRUE(compositor_->accept().is_open());
}

TEST_F(SessionWatchTest, ACompositorThatComesLaterIsHeardFromTheNextSessionOn) {
  Daemon compositor(display());
  media_.call([&] { watch_->on_session(SessionEnd::Shared::kMonitor); });
  EXPECT_TRUE(compositor.accept().is_open());
}

constexpr auto kOfScreens = "org.freedesktop.impl.portal.desktop.screens";
constexpr auto kOfFiles = "org.freedesktop.impl.portal.desktop.files";

/// A desktop with these parts of the portal.
class PortalBackends : public SessionWatchTest {
 protected:
  void set_up_surroundings() override {
    setenv("XDG_DESKTOP_PORTAL_DIR", folder().c_str(), 1);
    std::filesystem::create_directory(folder());
    install();
  }
  void TearDown() override {
    SessionWatchTest::TearDown();
    unsetenv("XDG_DESKTOP_PORTAL_DIR");
  }
  virtual void install() {
    write("screens", kOfScreens, "Screenshot;org.freedesktop.impl.portal.ScreenCast;");
    write("files", kOfFiles, "FileChooser;org.freedesktop.impl.portal.Settings;");
    std::ofstream(folder() / "broken.portal") << "[portal\nDBusName";
    write("nameless", "no name", "ScreenCast;");
  }

  /// Comes, goes, and is heard to go.
  void end(const char* name) {
    const auto backend = owner_of(name);
    g_dbus_connection_close_sync(backend.get(), nullptr, nullptr);
    ASSERT_TRUE(desktop_->wait_for_end(name));
    hear_all();
  }

 private:
  [[nodiscard]] std::filesystem::path folder() const { return bus_->folder() / "portals"; }
  void write(const std::string& file, const char* name, const char* interfaces) const {
    std::ofstream(folder() / (file + ".portal"))
        << "[portal]\nDBusName=" << name << "\nInterfaces=org.freedesktop.impl.portal." << interfaces
        << "\nUseIn=any\n";
  }
};

TEST_F(PortalBackends, TheEndOfOneThatSharesScreensIsNotTheUser) {
  end(kOfScreens);
  close();
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kBackend));
}

TEST_F(PortalBackends, TheEndOfOneThatSharesNoneSaysNothing) {
  end(kOfFiles);
  close();
  EXPECT_EQ(next(), Verdict(Step::kEnd, Cause::kUser));
}

class PortalBackendsUnknown : public PortalBackends {
 protected:
  void install() override {}
};

TEST_F(PortalBackendsUnknown, TheEndOfAnyMayBeTheReason) {
  end(kOfFiles);
  close();
  EXPECT_EQ(next(), Verdict(Step::kRenew, Cause::kBackend));
}

}  // namespace
}  // namespace pixelpass::capture
