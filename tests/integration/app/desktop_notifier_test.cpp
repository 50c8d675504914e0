#include "app/host/desktop_notifier.hpp"

#include "../capture/private_bus.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

using capture::test::PrivateBus;
using testing::HasSubstr;

constexpr auto kNoticePatience = std::chrono::seconds(30);

/// What shows notifications on a desktop, or the portal: keeps what it is asked, and answers when it is told.
class FakeDesktop {
 public:
  FakeDesktop(const PrivateBus& bus, const char* name) : bus_(bus.connect()) {
    g_dbus_connection_add_filter(bus_.get(), &FakeDesktop::on_message, this, nullptr);
    const gst::Variant owned(g_dbus_connection_call_sync(
        bus_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
        g_variant_new("(su)", name, 0U), nullptr, G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
  }
  ~FakeDesktop() { g_dbus_connection_close_sync(bus_.get(), nullptr, nullptr); }
  FakeDesktop(const FakeDesktop&) = delete;
  FakeDesktop& operator=(const FakeDesktop&) = delete;

  void set_silent(bool silent) {
    const std::lock_guard lock(mutex_);
    silent_ = silent;
  }
  /// What it was asked, in GVariant's text; at least `count` of them.
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kNoticePatience, [&] { return asked_.size() >= count; });
    return asked_;
  }
  /// Until the last of them has `text`.
  std::vector<std::string> wait_for_last(const std::string& text) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kNoticePatience,
                      [&] { return !asked_.empty() && asked_.back().find(text) != std::string::npos; });
    return asked_;
  }
  void answer_all() {
    const std::lock_guard lock(mutex_);
    silent_ = false;
    for (const auto& call : unanswered_) reply(call.get());
    unanswered_.clear();
  }

 private:
  static GDBusMessage* on_message(GDBusConnection* /*bus*/, GDBusMessage* message, gboolean incoming,
                                  gpointer self) {
    const gchar* member = g_dbus_message_get_member(message);
    const std::string method = member == nullptr ? "" : member;
    if (incoming == FALSE || (method != "Notify" && method != "AddNotification")) return message;
    static_cast<FakeDesktop*>(self)->on_call(gst::Object<GDBusMessage>(message));
    return nullptr;
  }
  void on_call(gst::Object<GDBusMessage> call) {
    const std::lock_guard lock(mutex_);
    const gst::Owned<gchar> body(g_variant_print(g_dbus_message_get_body(call.get()), FALSE));
    asked_.emplace_back(body.get());
    if (silent_)
      unanswered_.push_back(std::move(call));
    else
      reply(call.get());
    changed_.notify_all();
  }
  void reply(GDBusMessage* call) {
    const gst::Object<GDBusMessage> answer(g_dbus_message_new_method_reply(call));
    constexpr guint32 kBubble = 7;
    g_dbus_message_set_body(answer.get(), g_variant_new("(u)", kBubble));
    g_dbus_connection_send_message(bus_.get(), answer.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr,
                                   nullptr);
  }

  gst::Object<GDBusConnection> bus_;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::vector<std::string> asked_;
  std::vector<gst::Object<GDBusMessage>> unanswered_;
  bool silent_ = false;
};

class DesktopNotifierTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivateBus::missing(); !missing.empty()) GTEST_SKIP() << "no " << missing;
    bus_.emplace();
  }
  [[nodiscard]] DesktopNotifier::Settings settings(Duration patience = kNoticePatience,
                                                   bool in_sandbox = false) const {
    return {bus_->address(), in_sandbox, patience};
  }

  std::optional<PrivateBus> bus_;
};

constexpr auto kServer = "org.freedesktop.Notifications";

TEST_F(DesktopNotifierTest, ShowsEachInPlaceOfTheOneBeforeWithoutMarkup) {
  FakeDesktop desktop(*bus_, kServer);
  DesktopNotifier notifier(settings());
  notifier.show({"Somebody watches", "<b>Ben</b> & Zoë"});
  EXPECT_THAT(desktop.wait_for(1).at(0), HasSubstr("'pixelpass', 0, 'io.github.pixelpass.pixelpass', "
                                                   "'Somebody watches', '&lt;b&gt;Ben&lt;/b&gt; &amp; Zoë'"));
  notifier.show({"Somebody has left", "Ben"});
  EXPECT_THAT(desktop.wait_for(2).at(1),
              HasSubstr("'pixelpass', 7, 'io.github.pixelpass.pixelpass', 'Somebody has left', 'Ben'"))
      << "the first one's number";
}

TEST_F(DesktopNotifierTest, AStormIsOneBubbleWithTheNewest) {
  FakeDesktop desktop(*bus_, kServer);
  desktop.set_silent(true);
  DesktopNotifier notifier(settings());
  notifier.show({"0", ""});
  desktop.wait_for(1);
  for (int i = 1; i <= 50; ++i) notifier.show({std::to_string(i), ""});
  desktop.answer_all();
  const auto asked = desktop.wait_for_last("'50'");
  EXPECT_THAT(asked.back(), HasSubstr("'50'"));
  EXPECT_LE(asked.size(), 3U) << "the answer may come in the middle of them, once";
}

TEST_F(DesktopNotifierTest, OneThatDoesNotAnswerIsNotWaitedForLongerThanThePatience) {
  FakeDesktop desktop(*bus_, kServer);
  desktop.set_silent(true);
  DesktopNotifier notifier(settings(2s));
  notifier.show({"first", ""});
  desktop.wait_for(1);
  notifier.show({"second", ""});
  EXPECT_THAT(desktop.wait_for(2).at(1), HasSubstr("'second'"));
}

TEST_F(DesktopNotifierTest, EndsWhileADesktopDoesNotAnswer) {
  FakeDesktop desktop(*bus_, kServer);
  desktop.set_silent(true);
  {
    DesktopNotifier notifier(settings(1h));
    notifier.show({"first", ""});
    desktop.wait_for(1);
  }
  EXPECT_EQ(desktop.wait_for(1).size(), 1U);
}

TEST_F(DesktopNotifierTest, WithoutADesktopOrABusNothingHappens) {
  {
    DesktopNotifier nobody(settings());
    nobody.show({"unseen", ""});
  }
  DesktopNotifier nowhere({"unix:path=/nonexistent/bus", false, kNoticePatience});
  nowhere.show({"unseen", ""});
}

TEST_F(DesktopNotifierTest, ADesktopThatComesLaterShowsWhatComesThen) {
  DesktopNotifier notifier(settings());
  notifier.show({"too early", ""});
  FakeDesktop desktop(*bus_, kServer);
  notifier.show({"in time", ""});
  const bool early_came = desktop.wait_for(1).front().find("too early") != std::string::npos;
  EXPECT_THAT(desktop.wait_for(early_came ? 2 : 1).back(), HasSubstr("in time"));
}

TEST_F(DesktopNotifierTest, WithinASandboxThePortalShowsThemUnderOneNameAsPlainText) {
  FakeDesktop portal(*bus_, "org.freedesktop.portal.Desktop");
  DesktopNotifier notifier(settings(kNoticePatience, true));
  notifier.show({"Somebody watches", "<b>Ben</b>"});
  EXPECT_THAT(portal.wait_for(1).at(0),
              HasSubstr("('viewers', {'title': <'Somebody watches'>, 'body': <'<b>Ben</b>'>"));
}

}  // namespace
}  // namespace pixelpass::app
