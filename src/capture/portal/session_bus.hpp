#pragma once

#include "pixelpass/gst/glib.hpp"

#include <functional>
#include <memory>

namespace pixelpass::capture {

/// A subscription to one signal on a message bus, as long as this lives.
/// Thread: made and destroyed on a thread with its own thread-default GMainContext, where the signals come. A
/// callback may destroy it.
class BusSignal {
 public:
  /// A null pointer matches anything.
  struct Match {
    const char* sender = nullptr;
    const char* interface = nullptr;
    const char* member = nullptr;
    const char* path = nullptr;
    const char* first = nullptr;  ///< the first argument
    GDBusSignalFlags flags = G_DBUS_SIGNAL_FLAGS_NONE;
  };
  using OnSignal = std::function<void(GVariant* arguments)>;

  BusSignal(GDBusConnection* bus, const Match& match, OnSignal on_signal);
  ~BusSignal();
  BusSignal(const BusSignal&) = delete;
  BusSignal& operator=(const BusSignal&) = delete;

 private:
  static void on_signal(GDBusConnection* bus, const gchar* sender, const gchar* path, const gchar* interface,
                        const gchar* member, GVariant* arguments, gpointer self);

  GDBusConnection* const bus_;
  const OnSignal on_signal_;
  guint id_ = 0;
};

/// Matches changes of the owner of this name.
BusSignal::Match owner_changes(const char* name);
/// Whether such a change says that the name has lost its owner.
bool has_lost_owner(GVariant* change);

/// One method call on a message bus, without waiting. It has no time limit of its own. If it is destroyed
/// before the answer, there is no callback. Thread: as BusSignal. The callback may destroy it.
class BusCall {
 public:
  struct Method {
    const char* service = nullptr;
    const char* path = nullptr;
    const char* interface = nullptr;
    const char* name = nullptr;
    GVariant* arguments = nullptr;         ///< a floating one is taken over
    const GVariantType* answer = nullptr;  ///< what is not of this type is an error
    bool may_start_service = true;
  };
  /// Borrowed for the call.
  struct Answer {
    GVariant* body = nullptr;  ///< null: there is an error
    GUnixFDList* files = nullptr;
    const GError* error = nullptr;
  };
  using OnAnswer = std::function<void(const Answer& answer)>;

  BusCall(GDBusConnection* bus, const Method& method, OnAnswer on_answer);
  ~BusCall();
  BusCall(const BusCall&) = delete;
  BusCall& operator=(const BusCall&) = delete;

  /// Sends a call without waiting for its answer.
  static void send(GDBusConnection* bus, const Method& method);

 private:
  static void on_done(GObject* bus, GAsyncResult* result, gpointer waiting);

  const OnAnswer on_answer_;
  gst::Object<GCancellable> cancellable_{g_cancellable_new()};
  /// Empties with this; the call in flight has a copy.
  std::shared_ptr<BusCall*> self_ = std::make_shared<BusCall*>(this);
};

}  // namespace pixelpass::capture
