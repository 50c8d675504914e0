#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/gst/glib.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace pixelpass::capture::test {

/// The name, the methods and the signals of xdg-desktop-portal's ScreenCast on a bus of a test's own, without
/// a dialog: it answers at once, or does what it is told to. It ends with its connection, as a portal that
/// crashes does. Thread: any; it answers on the connection's own.
class FakePortal {
 public:
  enum class Does : std::uint8_t {
    kAnswer,
    kHang,            ///< not even the call is replied to
    kHangAfterReply,  ///< as while a dialog is open; see answer()
    kRefuse,          ///< "cancelled"
    kFail,            ///< "ended in some other way"
  };

  explicit FakePortal(gst::Object<GDBusConnection> bus);
  ~FakePortal();
  FakePortal(const FakePortal&) = delete;
  FakePortal& operator=(const FakePortal&) = delete;

  /// What the next call of this method meets; what comes after all that was told is answered.
  void next(const std::string& method, Does what);
  /// The response that kHangAfterReply kept back; 1: as kRefuse.
  void answer(const std::string& method, guint32 code = 0);
  /// Of the session that was made last, as when the user stops the sharing.
  void close_session();
  /// Any other signal. Returns when the bus has it.
  void emit(const char* path, const char* interface, const char* member, GVariant* arguments);
  /// Waits until nobody has this name on the bus; false: somebody had, for long.
  bool wait_for_end(const char* name);

  /// Waits until a method has been called that often; false: it was not, for long.
  bool wait_for(const std::string& method, std::size_t times = 1);
  [[nodiscard]] std::size_t calls(const std::string& method);
  /// The restore token that came with the last SelectSources, and the kinds of sources.
  [[nodiscard]] std::string token();
  [[nodiscard]] unsigned types();
  /// How the pointer is to come.
  [[nodiscard]] unsigned cursor_mode();
  /// Whether it asked for several.
  [[nodiscard]] bool multiple();
  /// What is shared from now on: the streams of Start's answer, as GVariant's text has them.
  void share(std::string streams);
  /// What OpenPipeWireRemote answers with from now on, in the place of a file that nobody speaks through.
  void open_remotes_with(std::function<Descriptor()> open);

 private:
  struct Kept {
    std::string to;
    std::string request;
    std::string session;
  };

  static GDBusMessage* on_message(GDBusConnection* bus, GDBusMessage* message, gboolean incoming,
                                  gpointer self);
  gst::Variant ask_bus(const char* method, GVariant* arguments);
  void on_call(GDBusMessage* call, const std::string& method);
  void note(GDBusMessage* call, const std::string& method);
  void reply(GDBusMessage* call, GVariant* body);
  void reply_remote(GDBusMessage* call);
  void respond(const std::string& method, const Kept& to, guint32 code);
  Does what_next(const std::string& method);

  const gst::Object<GDBusConnection> bus_;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::map<std::string, std::deque<Does>> plan_;
  std::map<std::string, std::size_t> calls_;
  std::map<std::string, Kept> kept_;
  std::string session_;
  std::string token_;
  guint32 types_ = 0;
  guint32 cursor_mode_ = 0;
  bool multiple_ = false;
  std::function<Descriptor()> open_remote_;
  std::string streams_ = "[(uint32 42, {'size': <(1280, 720)>, 'source_type': <uint32 2>})]";
};

}  // namespace pixelpass::capture::test
