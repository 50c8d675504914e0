#include "capture/portal/logind_lock.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include "private_bus.hpp"
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

namespace pixelpass::capture {
namespace {

using test::PrivateBus;

constexpr auto kLong = std::chrono::seconds(30);
constexpr auto kSession = "/org/freedesktop/login1/session/c7";

/// logind, as far as it is asked: whose session is shown, and whether that is locked from the start.
class FakeLogind {
 public:
  FakeLogind(gst::Object<GDBusConnection> bus, bool locked) : bus_(std::move(bus)), locked_(locked) {
    g_dbus_connection_add_filter(bus_.get(), &FakeLogind::on_message, this, nullptr);
    ask_bus("RequestName", g_variant_new("(su)", "org.freedesktop.login1", 0U));
  }
  ~FakeLogind() { g_dbus_connection_close_sync(bus_.get(), nullptr, nullptr); }
  FakeLogind(const FakeLogind&) = delete;
  FakeLogind& operator=(const FakeLogind&) = delete;

  void lock(const char* session, bool locked) {
    GVariantBuilder changed;
    g_variant_builder_init(&changed, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&changed, "{sv}", "LockedHint", g_variant_new_boolean(locked ? TRUE : FALSE));
    g_dbus_connection_emit_signal(
        bus_.get(), nullptr, session, "org.freedesktop.DBus.Properties", "PropertiesChanged",
        g_variant_new("(sa{sv}as)", "org.freedesktop.login1.Session", &changed, nullptr), nullptr);
  }

 private:
  void ask_bus(const char* method, GVariant* arguments) {
    const gst::Variant answer(g_dbus_connection_call_sync(
        bus_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
        arguments, nullptr, G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
  }

  static GDBusMessage* on_message(GDBusConnection* bus, GDBusMessage* message, gboolean incoming,
                                  gpointer self) {
    if (incoming == FALSE || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
      return message;
    const gst::Object<GDBusMessage> call(message);
    const gst::Object<GDBusMessage> reply(g_dbus_message_new_method_reply(message));
    const bool of_user =
        std::string_view(g_dbus_message_get_path(message)) == "/org/freedesktop/login1/user/self";
    GVariant* value = of_user ? g_variant_new("(so)", "c7", kSession)
                              : g_variant_new_boolean(static_cast<FakeLogind*>(self)->locked_ ? TRUE : FALSE);
    g_dbus_message_set_body(reply.get(), g_variant_new("(v)", value));
    g_dbus_connection_send_message(bus, reply.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr);
    return nullptr;
  }

  const gst::Object<GDBusConnection> bus_;
  const bool locked_;
};

class LogindLockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivateBus::missing(); !missing.empty()) GTEST_SKIP() << "no " << missing;
    bus_.emplace();
    ours_ = bus_->connect();
  }

  void TearDown() override {
    media_.call([&] { lock_.reset(); });
  }

  void watch() {
    media_.call([&] {
      lock_.emplace(ours_.get(), [this](bool locked) {
        const std::lock_guard lock(mutex_);
        told_.push_back(locked);
        changed_.notify_all();
      });
    });
  }

  /// What is told next, while this is done again and again.
  std::optional<bool> next(const std::function<void()>& meanwhile = [] {}) {
    std::unique_lock lock(mutex_);
    for (const Instant end = Clock::now() + kLong; Clock::now() < end;) {
      meanwhile();
      if (!changed_.wait_for(lock, 20ms, [&] { return !told_.empty(); })) continue;
      const bool locked = told_.front();
      told_.pop_front();
      return locked;
    }
    return std::nullopt;
  }

  std::mutex mutex_;  ///< guards told_
  std::condition_variable changed_;
  std::deque<bool> told_;
  std::optional<PrivateBus> bus_;
  gst::Object<GDBusConnection> ours_;
  std::optional<LogindLock> lock_;  ///< the media thread's
  gst::MediaThread media_;
};

TEST_F(LogindLockTest, ASessionThatIsLockedFromTheStartIsToldOf) {
  const FakeLogind logind(bus_->connect(), true);
  watch();
  EXPECT_EQ(next(), true);
}

TEST_F(LogindLockTest, TheUsersOwnSessionCountsAndNoOther) {
  FakeLogind logind(bus_->connect(), false);
  watch();
  // Until it is listened to.
  EXPECT_EQ(next([&] {
              logind.lock("/org/freedesktop/login1/session/of_another", false);
              logind.lock(kSession, true);
            }),
            true);
  logind.lock(kSession, false);
  std::optional<bool> last;
  for (last = next(); last == true; last = next()) {
  }
  EXPECT_EQ(last, false);
}

}  // namespace
}  // namespace pixelpass::capture
